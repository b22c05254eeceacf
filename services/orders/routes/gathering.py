"""Orders that come one by one at about the same time are received together, in one transaction.

Why, and what it changes: docs/decisions/0040-single-orders-share-transactions.md.
"""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.repository.stored import Key
from services.orders.schemas.new_order import NewOrder
from services.orders.usecases.changing import Changed, show_order
from services.orders.usecases.receiving import Received, Reception, receive_orders
from shared.audit import Author
from shared.crypto import PersonalData
from shared.db.engine import Database
from shared.kernel.refusals import Refusal
from shared.observability.trace import current_trace
from shared.registry.stores import find_stores
from shared.web.callers import Caller
from shared.web.idempotency import Attempt, claim_new, keep_answers

MOST_SECONDS = 0.04
"""Between the beginnings of two groups, at the most."""
EACH_SECONDS = 0.01
"""For each order of the group before, but its first."""

MOST = 100
"""Orders of a group."""

GROUPS = 2
"""Groups at work at the same time: one may wait for an order that another transaction holds."""

log = structlog.get_logger()

Answering = Callable[[Changed, Caller, PersonalData], Response]
"""Makes the answer to a request whose order was taken."""


def pause_after(orders: int) -> float:
    """Return how long after a group of so many began the next begins, at the least.

    The more come at a time, the more are worth waiting for; who sends one after the other and
    waits for each answer does not wait for others too.
    """
    return min(EACH_SECONDS * (orders - 1), MOST_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """One order on its way, and who waits for what becomes of it."""

    body: NewOrder
    caller: Caller
    author: Author
    attempt: Attempt | None
    answer: "asyncio.Future[Response | Refusal | None]"

    @property
    def names(self) -> set[Hashable]:
        """What no two members of a group may share: the order, and the idempotency key."""
        key: Key = self.body.store_id, self.body.external_id
        return {key} if self.attempt is None else {key, self.attempt.lock()}


class Gathering:
    """Receives single orders of this process in groups; a group is one transaction."""

    def __init__(self, database: Database, personal: PersonalData, answer: Answering) -> None:
        self._database = database
        self._personal = personal
        self._answer = answer
        self._waiting: list[_Member] = []
        self._groups: set[asyncio.Task[None]] = set()
        self._at_work: set[Hashable] = set()
        self._next_at = 0.0

    async def receive(
        self, body: NewOrder, caller: Caller, attempt: Attempt | None
    ) -> Response | None:
        """Return the answer to an order, once that is committed; the caller may write to its store.

        None if it must be received alone, in a transaction of its own: its store is not known
        yet, its idempotency key is not new, or its group failed and left nothing behind. Raises
        what the rules refuse.
        """
        author = Author(caller.name, current_trace.get())
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(_Member(body, caller, author, attempt, answer))
        if len(self._groups) < GROUPS:
            group = asyncio.ensure_future(self._work())
            self._groups.add(group)
            group.add_done_callback(self._groups.discard)
        found: Response | Refusal | None = await answer
        if isinstance(found, Refusal):
            metrics.REFUSALS.labels(found.kind).inc()
            raise found
        return found

    async def _work(self) -> None:
        """Receive groups until nobody waits any more; a group is no single request's."""
        current_trace.set(None)
        structlog.contextvars.unbind_contextvars("request_id")
        while self._waiting:
            early = self._next_at - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
                continue
            group = self._next()
            self._next_at = time.monotonic() + pause_after(len(group))
            if not group:  # the group that is at work on the same orders will go on with these
                return
            names = {name for member in group for name in member.names}
            self._at_work |= names
            try:
                await self._receive(group)
            finally:
                self._at_work -= names

    def _next(self) -> list[_Member]:
        """Take who is next; of several that state the same order one at a time."""
        group: list[_Member] = []
        others: list[_Member] = []
        taken = set(self._at_work)
        for member in self._waiting:
            is_next = len(group) < MOST and taken.isdisjoint(member.names)
            (group if is_next else others).append(member)
            taken |= member.names
        self._waiting = others
        return group

    async def _receive(self, group: Sequence[_Member]) -> None:
        """Receive a group, and then tell its members; whatever fails, fails for none of them."""
        found: Mapping[_Member, Response | Refusal] = {}
        try:
            async with self._database.transaction() as session:
                found = await self._write(session, group)
        except Exception as error:  # noqa: BLE001 - each meets it again alone, if it is the cause
            log.warning("group_fell_apart", orders=len(group), error=repr(error))
            found = {}
        for member in group:
            if not member.answer.done():  # else its request was given up
                member.answer.set_result(found.get(member))

    async def _write(
        self, session: AsyncSession, group: Sequence[_Member]
    ) -> dict[_Member, Response | Refusal]:
        """Write what can be received together, with its answers under their keys."""
        keyed = [member for member in group if member.attempt is not None]
        new = await claim_new(session, [member.attempt for member in keyed if member.attempt])
        spent = {member for place, member in enumerate(keyed) if place not in new}
        stores = await find_stores(session, {member.body.store_id for member in group})
        taken = [each for each in group if each.body.store_id in stores and each not in spent]
        received = await receive_orders(
            session,
            [member.body for member in taken],
            Reception("", self._personal, stores),
            authors=[member.author for member in taken],
        )
        found: dict[_Member, Response | Refusal] = {}
        kept: list[tuple[Attempt, Response]] = []
        for member, row in zip(taken, received, strict=True):
            if row.refusal is not None:
                found[member] = row.refusal
                continue
            changed = await shown(session, row, member.caller)
            found[member] = answer = self._answer(changed, member.caller, self._personal)
            if member.attempt is not None:
                kept.append((member.attempt, answer))
        await keep_answers(session, kept)
        return found


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
