"""Freight as a store has set it: who carries goods, and what that costs the buyer."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.freight import Item, Quote, Surcharges, Tariff, quote
from services.orders.domain.reaching import CourierChoice, choose_courier
from services.orders.domain.regions import Place
from services.orders.repository.freight import load_tariffs
from services.orders.schemas.quoting import QuoteBody, QuoteView, items_of, quote_view
from services.orders.usecases.noting import DEFAULT_COURIER
from shared.kernel.money import round_to_minor
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store, StoreUnknownError, find_stores
from shared.web.callers import Caller

FALLBACK_COURIER = "orders.fallback_courier"
SF_SURCHARGE = "orders.sf_surcharge"
REMOTE_SURCHARGE = "orders.remote_surcharge"
REMOTE_REGIONS = "orders.remote_regions"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What became of one question: its quote, or why there is none."""

    view: QuoteView | None = None
    refusal: Refusal | None = None


async def quote_all(
    session: AsyncSession, bodies: Sequence[QuoteBody], *, caller: Caller
) -> list[Quoted]:
    """Answer what freight is asked; what cannot be answered leaves the others alone.

    The number of statements does not grow with the number of questions.
    """
    stores = await find_stores(session, {body.store_id for body in bodies})
    goods = [(body.store_id, line.sku) for body in bodies for line in body.lines]
    tariffs = await load_tariffs(session, goods)
    quoted = []
    for body in bodies:
        try:
            caller.demand_store(body.store_id)
            store = stores.get(body.store_id)
            if store is None:
                detail = f"Store {body.store_id} is not known."
                raise StoreUnknownError(detail, pointer="/store_id", store_id=body.store_id)
            quoted.append(Quoted(_view(body, store, tariffs.get(body.store_id, Tariff()))))
        except Refusal as refusal:
            quoted.append(Quoted(refusal=refusal))
    return quoted


def _view(body: QuoteBody, store: Store, tariff: Tariff) -> QuoteView:
    place = Place(body.province, body.city)
    choice = choose(store, tariff, body.courier, place)
    found = freight_of(store, tariff, items_of(body, store.currency), place, courier=choice.courier)
    return quote_view(store.store_id, store.currency, choice, found)


def choose(store: Store, tariff: Tariff, agreed: str | None, place: Place) -> CourierChoice:
    """Return who carries goods: whom the buyer agreed to, else the store's own, else its fallback.

    The fallback goes where the one that was meant does not deliver (O-R8, O-R9).
    """
    wanted = agreed or store.settings[DEFAULT_COURIER] or None
    return choose_courier(wanted, store.settings[FALLBACK_COURIER] or None, tariff.couriers, place)


def freight_of(
    store: Store, tariff: Tariff, items: Sequence[Item], place: Place, *, courier: str | None
) -> Quote:
    """Return the freight of goods with the store's surcharges.

    Raises `FreightNotSetError`, `NotDeliveredError`, `AmountInvalidError`.
    """
    surcharges = Surcharges(
        _minor(store, SF_SURCHARGE),
        _minor(store, REMOTE_SURCHARGE),
        tuple(store.settings[REMOTE_REGIONS]),
    )
    asked = surcharges.on(courier, place.province)
    return quote(tariff, items, place, currency=store.currency, surcharges=asked)


def _minor(store: Store, setting: str) -> int:
    return round_to_minor(Decimal(store.settings[setting]), store.currency)
