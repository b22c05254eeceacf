"""Orders that come one by one at about the same time are received together, in one transaction.

Why, and what it changes: docs/decisions/0040-single-orders-share-transactions.md.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
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

EVERY_SECONDS = 0.02
"""How long after one group the next begins, at the least: what comes meanwhile is in it."""

MOST = 100
"""Orders of a group."""

GROUPS = 2
"""Groups at work at the same time: one may wait for an order that another transaction holds."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Member:
    """One order on its way, and who waits for what becomes of it."""

    body: NewOrder
    caller: Caller
    author: Author
    answer: "asyncio.Future[Changed | Refusal | None]"

    @property
    def key(self) -> Key:
        return self.body.store_id, self.body.external_id


class Gathering:
    """Receives single orders of this process in groups; a group is one transaction."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._waiting: list[_Member] = []
        self._groups: set[asyncio.Task[None]] = set()
        self._begun = -EVERY_SECONDS

    async def receive(self, body: NewOrder, caller: Caller) -> Changed | None:
        """Return what an order made, once that is committed; the caller may write to its store.

        None if it must be received alone, in a transaction of its own: its store is not known
        yet, or its group failed and left nothing behind. Raises what the rules refuse.
        """
        author = Author(caller.name, current_trace.get())
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(_Member(body, caller, author, answer))
        if len(self._groups) < GROUPS:
            group = asyncio.ensure_future(self._work())
            self._groups.add(group)
            group.add_done_callback(self._groups.discard)
        found: Changed | Refusal | None = await answer
        if isinstance(found, Refusal):
            metrics.REFUSALS.labels(found.kind).inc()
            raise found
        return found

    async def _work(self) -> None:
        """Receive groups until nobody waits any more; a group is no single request's."""
        current_trace.set(None)
        structlog.contextvars.unbind_contextvars("request_id")
        while self._waiting:
            early = self._begun + EVERY_SECONDS - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
                continue
            self._begun = time.monotonic()
            await self._receive(self._next())

    def _next(self) -> list[_Member]:
        """Take who is next; of several that state the same order only the first."""
        group: dict[Key, _Member] = {}
        others = []
        for member in self._waiting:
            if len(group) < MOST and member.key not in group:
                group[member.key] = member
            else:
                others.append(member)
        self._waiting = others
        return list(group.values())

    async def _receive(self, group: Sequence[_Member]) -> None:
        """Receive a group, and then tell its members; whatever fails, fails for none of them."""
        found: Sequence[Changed | Refusal | None] = [None] * len(group)
        try:
            async with self._database.transaction() as session:
                found = await self._write(session, group)
        except Exception as error:  # noqa: BLE001 - each meets it again alone, if it is the cause
            log.warning("group_fell_apart", orders=len(group), error=repr(error))
            found = [None] * len(group)
        for member, answer in zip(group, found, strict=True):
            if not member.answer.done():  # its request was given up
                member.answer.set_result(answer)

    async def _write(
        self, session: AsyncSession, group: Sequence[_Member]
    ) -> list[Changed | Refusal | None]:
        stores = await find_stores(session, {member.body.store_id for member in group})
        taken = [member for member in group if member.body.store_id in stores]
        received = iter(
            await receive_orders(
                session,
                [member.body for member in taken],
                Reception("", self._personal, stores),
                authors=[member.author for member in taken],
            )
        )
        return [
            await shown(session, next(received), member.caller)
            if member.body.store_id in stores
            else None
            for member in group
        ]


async def shown(session: AsyncSession, received: Received, caller: Caller) -> Changed | Refusal:
    """Return what a row made, with its order as it stands, or its refusal."""
    if received.refusal is not None:
        return received.refusal
    outcome, order_id, event_id = received.outcome, received.order_id, received.event_id
    if outcome is None or order_id is None or event_id is None:
        raise RuntimeError("a row that is not refused has an order and an event")
    metrics.count_later(session, metrics.ROWS.labels(outcome))
    stored = received.stored
    if stored is None:
        stored = await show_order(session, order_id, caller, known=received.order)
    return Changed(outcome, stored, event_id)
