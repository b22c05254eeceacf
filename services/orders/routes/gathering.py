"""Orders that come one by one at about the same time are received together.

Why, and what it changes: docs/decisions/0040-single-orders-share-transactions.md.
"""

from collections.abc import Callable, Sequence

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.repository.stored import Key
from services.orders.schemas.new_order import NewOrder
from services.orders.usecases.changing import Changed, show_order
from services.orders.usecases.receiving import Received, Reception, receive_orders
from shared.crypto import PersonalData
from shared.db.engine import Database
from shared.kernel.refusals import Refusal
from shared.registry.stores import find_stores
from shared.web.callers import Caller
from shared.web.gathering import Answers, Gathering, Member

Answering = Callable[[Changed, Caller, PersonalData], Response]
"""Makes the answer to a request whose order was taken."""


def gathering_over(
    database: Database, personal: PersonalData, answer: Answering
) -> Gathering[NewOrder]:
    """Return what receives the single orders of this process in groups."""

    async def write(session: AsyncSession, group: Sequence[Member[NewOrder]]) -> Answers[NewOrder]:
        stores = await find_stores(session, {member.body.store_id for member in group})
        taken = [each for each in group if each.body.store_id in stores]
        received = await receive_orders(
            session,
            [member.body for member in taken],
            Reception("", personal, stores),
            authors=[member.author for member in taken],
        )
        found: dict[Member[NewOrder], Response | Refusal] = {}
        for member, row in zip(taken, received, strict=True):
            if row.refusal is not None:
                found[member] = row.refusal
                continue
            changed = await shown(session, row, member.caller)
            found[member] = answer(changed, member.caller, personal)
        return found

    return Gathering(database, write, _name_of)


def _name_of(body: NewOrder) -> Key:
    return body.store_id, body.external_id


async def shown(session: AsyncSession, received: Received, caller: Caller) -> Changed:
    """Return what a row that was not refused made, with its order as it stands; count it."""
    outcome, order_id, event_id = received.outcome, received.order_id, received.event_id
    if outcome is None or order_id is None or event_id is None:
        raise RuntimeError("a row that is not refused has an order and an event")
    metrics.count_later(session, metrics.ROWS.labels(outcome))
    stored = received.stored
    if stored is None:
        stored = await show_order(session, order_id, caller, known=received.order)
    return Changed(outcome, stored, event_id)
