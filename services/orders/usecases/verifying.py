"""Verifying orders (核对信息): postage against the template, and who carries them where they go."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import noting, stepping
from services.orders.domain.carriage import Carriage, carriage_of, demand_postage, items_of
from services.orders.domain.changes import Changes
from services.orders.domain.freight import FreightNotSetError, NotDeliveredError, Quote, Tariff
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parts import Note
from services.orders.domain.reaching import CourierChoice
from services.orders.domain.regions import Place
from services.orders.repository.freight import load_tariffs
from services.orders.schemas.steps import StepBody
from services.orders.usecases.noting import formatted, note_checked
from services.orders.usecases.quoting import choose, freight_of
from services.orders.usecases.working import Work
from shared.kernel.money import format_minor
from shared.registry.stores import Store

CHECK = "orders.postage_check"
NOTES = "orders.verification_notes"

_Say = Callable[..., None]


class Verifying:
    """Verifies orders; `prepare` reads what their stores have set of freight, once for all."""

    def __init__(self) -> None:
        self._tariffs: Mapping[str, Tariff] = {}

    async def prepare(self, session: AsyncSession, orders: Sequence[Order]) -> None:
        """Read the templates and couriers of locked orders' stores, in three statements."""
        goods: list[tuple[str, str | None]] = [(each.store_id, None) for each in orders]
        goods += [(each.store_id, line.sku) for each in orders for line in each.lines]
        self._tariffs = await load_tariffs(session, goods)

    def work(self, body: StepBody, now: datetime, *, staff: str) -> Work:
        """Return the work of verifying one order: its courier, its postage, flag and notes.

        Raises `PostageDiffersError` and `NotDeliveredError` where the store wants it so.
        """

        def work(changes: Changes, store: Store) -> None:
            if Status.VERIFIED in changes.order.steps:
                return
            tariff = self._tariffs.get(store.store_id, Tariff())
            _verify(changes, store, tariff, at=body.at or now, staff=staff, agreed=body.courier)

        return work


def _verify(
    changes: Changes,
    store: Store,
    tariff: Tariff,
    *,
    at: datetime,
    staff: str,
    agreed: str | None,
) -> None:
    order = changes.order
    place = Place(None if order.is_backfill else order.buyer.province, order.buyer.city)
    kept = order.wishes.courier if order.carriage.is_fallback else order.courier
    choice = choose(store, tariff, agreed or kept, place)
    stepping.step(changes, Status.VERIFIED, at, staff=staff, courier=choice.courier)

    def say(name: str, **values: str | None) -> None:
        text = store.settings[NOTES].get(name, "")
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", value or "")
        if text:
            note = formatted(store, staff, choice.courier, text)
            noting.put_note(changes, Note(at, staff, noting.VERIFIED, note))

    if choice.is_fallback:
        say("fallback", missed=choice.missed, courier=choice.courier)
    order.carriage = _carriage(order, store, tariff, choice, place, say=say)
    note_checked(changes, store, at, staff=staff, courier=choice.courier)


def _carriage(
    order: Order, store: Store, tariff: Tariff, choice: CourierChoice, place: Place, *, say: _Say
) -> Carriage:
    check, currency = store.settings[CHECK], order.currency
    quote: Quote | None = None
    items = items_of(order.lines)
    if items and place.province is not None:
        try:
            quote = freight_of(store, tariff, items, place, courier=choice.courier)
        except FreightNotSetError:
            pass  # only a store that has a template has its postage checked
        except NotDeliveredError:
            if check == "refuse":
                raise
            if check == "warn":
                say("undelivered", province=place.province)
    carriage = carriage_of(choice, quote, postage_minor=order.postage_minor)
    postage = _judged_postage(order, carriage)
    if check == "refuse":
        demand_postage(carriage, postage, currency)
    if check == "warn" and carriage.differs_from(postage):
        due = format_minor(carriage.due_minor or 0, currency)
        say("postage", due=due, paid=format_minor(postage, currency))
    return carriage


def _judged_postage(order: Order, carriage: Carriage) -> int:
    """Return the postage that is held against the template: what staff took off it was agreed."""
    stated = order.postage_minor if order.original is None else order.original.postage_minor
    return order.postage_minor if carriage.differs_from(stated) else stated
