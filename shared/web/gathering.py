"""Single requests that come one by one at about the same time are served in one transaction.

Why, and what it changes: docs/decisions/0040-single-orders-share-transactions.md.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import Author
from shared.db.engine import Database
from shared.kernel.refusals import Refusal
from shared.observability.trace import current_trace
from shared.web.callers import Caller
from shared.web.idempotency import Attempt, claim_new, keep_answers

MOST_SECONDS = 0.04
"""Between the beginnings of two groups, at the most."""
EACH_SECONDS = 0.01
"""For each request of the group before, but its first."""

MOST = 100
"""Requests of a group."""

GROUPS = 2
"""Groups at work at the same time: one may wait for a row that another transaction holds."""

log = structlog.get_logger()

Body = TypeVar("Body")


def pause_after(requests: int) -> float:
    """Return how long after a group of so many began the next begins, at the least.

    The more come at a time, the more are worth waiting for; who sends one after the other and
    waits for each answer does not wait for others too.
    """
    return min(EACH_SECONDS * (requests - 1), MOST_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class Member(Generic[Body]):
    """One request on its way, and who waits for what becomes of it.

    `names` is what no two members of a group may share: what the request is about, and its
    idempotency key.
    """

    body: Body
    caller: Caller
    author: Author
    attempt: Attempt | None
    names: frozenset[Hashable]
    answer: "asyncio.Future[Response | Refusal | None]"


Answers = Mapping[Member[Body], Response | Refusal]
"""What became of members; one that is left out goes alone."""

Write = Callable[[AsyncSession, Sequence[Member[Body]]], Awaitable[Answers[Body]]]
"""Serves what can be served together, each member with an outcome of its own."""


class Gathering(Generic[Body]):
    """Serves single requests of this process in groups; a group is one transaction.

    `name_of` says what a request is about.
    """

    def __init__(
        self, database: Database, write: Write[Body], name_of: Callable[[Body], Hashable]
    ) -> None:
        self._database = database
        self._write = write
        self._name_of = name_of
        self._waiting: list[Member[Body]] = []
        self._groups: set[asyncio.Task[None]] = set()
        self._at_work: set[Hashable] = set()
        self._next_at = 0.0

    async def receive(self, body: Body, caller: Caller, attempt: Attempt | None) -> Response | None:
        """Return the answer to a request, once it is committed; its rights were looked at.

        None if it must be served alone, in a transaction of its own: its store is not known yet,
        its idempotency key is not new, or its group failed and left nothing behind. Raises what the
        rules refuse.
        """
        names = {self._name_of(body)} | ({attempt.lock()} if attempt else set())
        author = Author(caller.name, current_trace.get())
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(Member(body, caller, author, attempt, frozenset(names), answer))
        if len(self._groups) < GROUPS:
            group = asyncio.ensure_future(self._work())
            self._groups.add(group)
            group.add_done_callback(self._groups.discard)
        found: Response | Refusal | None = await answer
        if isinstance(found, Refusal):
            raise found
        return found

    async def _work(self) -> None:
        """Serve groups until nobody waits any more; a group is no single request's."""
        current_trace.set(None)
        structlog.contextvars.unbind_contextvars("request_id")
        while self._waiting:
            early = self._next_at - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
                continue
            group = self._next()
            self._next_at = time.monotonic() + pause_after(len(group))
            if not group:  # the group that is at work on the same things will go on with these
                return
            names = {name for member in group for name in member.names}
            self._at_work |= names
            try:
                await self._serve(group)
            finally:
                self._at_work -= names

    def _next(self) -> list[Member[Body]]:
        """Take who is next; of several that are about the same thing one at a time."""
        group: list[Member[Body]] = []
        others: list[Member[Body]] = []
        taken = set(self._at_work)
        for member in self._waiting:
            is_next = len(group) < MOST and taken.isdisjoint(member.names)
            (group if is_next else others).append(member)
            taken |= member.names
        self._waiting = others
        return group

    async def _serve(self, group: Sequence[Member[Body]]) -> None:
        """Serve a group, and then tell its members; whatever fails, fails for none of them."""
        found: Answers[Body] = {}
        try:
            async with self._database.transaction() as session:
                found = await self._write_keyed(session, group)
        except Exception as error:  # noqa: BLE001 - each meets it again alone, if it is the cause
            log.warning("group_fell_apart", requests=len(group), error=repr(error))
            found = {}
        for member in group:
            if not member.answer.done():  # else its request was given up
                member.answer.set_result(found.get(member))

    async def _write_keyed(
        self, session: AsyncSession, group: Sequence[Member[Body]]
    ) -> Answers[Body]:
        """Write what can be written together, with its answers under their keys."""
        keyed = [member for member in group if member.attempt is not None]
        new = await claim_new(session, [member.attempt for member in keyed if member.attempt])
        spent = {member for place, member in enumerate(keyed) if place not in new}
        found = await self._write(session, [each for each in group if each not in spent])
        kept = [
            (member.attempt, answer)
            for member, answer in found.items()
            if member.attempt is not None and isinstance(answer, Response)
        ]
        await keep_answers(session, kept)
        return found
