"""Checkouts that come one by one at about the same time are served together.

Why, and what it changes: docs/decisions/0040-single-orders-share-transactions.md.
"""

from collections.abc import Callable, Sequence

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.reservations import Reservation
from services.inventory.schemas.reservations import NewReservation, checkout_of
from services.inventory.usecases.checkouts import reserve_checkouts
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.stores import find_stores
from shared.web.gathering import Answers, Gathering, Member

Answering = Callable[[Reservation, str], Response]
"""Makes the answer to a request whose stock was set aside."""


def gathering_over(database: Database, answer: Answering) -> Gathering[NewReservation]:
    """Return what serves the single checkouts of this process in groups."""

    async def write(
        session: AsyncSession, group: Sequence[Member[NewReservation]]
    ) -> Answers[NewReservation]:
        stores = await find_stores(session, {member.body.store_id for member in group})
        taken = [each for each in group if each.body.store_id in stores]
        checkouts = [checkout_of(member.body) for member in taken]
        done = await reserve_checkouts(session, checkouts, now=utc_now())
        found: dict[Member[NewReservation], Response | Refusal] = {}
        for member, each in zip(taken, done, strict=True):
            if each.refusal is not None:
                found[member] = each.refusal
            elif each.reservation is not None and each.outcome is not None:
                found[member] = answer(each.reservation, each.outcome)
        return found

    return Gathering(database, write, _name_of)


def _name_of(body: NewReservation) -> tuple[str, str]:
    return body.store_id, body.external_id
