"""The dispatch: what is due is sent, each endpoint for itself, and what came of it is noted."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from shared.crypto import PersonalData, UnreadableError
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.observability import metrics
from shared.settings import ServiceSettings
from shared.webhooks.endpoints import offered_types
from shared.webhooks.judging import RESTS_AFTER, Answer, RetryRules
from shared.webhooks.noting import TRIMMED, Attempt, disable, note_attempts
from shared.webhooks.queue import PAGE_EVENTS, Message, find_due, take_events
from shared.webhooks.sending import Send


class Step(NamedTuple):
    """What a step did: attempts it began, and whether the log holds more than it looked at."""

    begun: int
    has_more: bool


class Dispatch:
    """Sends a service's messages; one works at a time, two would only send twice.

    Per endpoint a few attempts run at once, and one only while it fails; of one key never two, so
    that the first attempts of a key's events begin in the order of the log. What runs when the
    process dies is sent again, under the same id.
    """

    def __init__(
        self,
        owner: str,
        database: Database,
        settings: ServiceSettings,
        *,
        personal: PersonalData,
        send: Send,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._owner = owner
        self._database = database
        self._personal = personal
        self._send = send
        self._now = now
        self._rules = RetryRules.of(settings)
        self._concurrency = settings.webhooks_concurrency
        self._offered = offered_types(owner)
        self._flying: dict[tuple[str, str], Message] = {}
        self._ended: list[Attempt] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended = asyncio.Event()
        """Set when an attempt has ended and is to be noted."""

    async def step(self, tasks: asyncio.TaskGroup) -> Step:
        """Note what ended, queue what the log has, begin what is due.

        Notes are lost by no error: what could not be committed is noted by the next step.
        """
        self.ended.clear()
        ended, now = list(self._ended), self._now()
        async with self._database.transaction() as session:
            noted = await note_attempts(session, ended, self._rules)
            looked_at = await take_events(session, self._offered, now)
            due = await find_due(session, self._owner, now, 2 * self._concurrency)
            chosen = self._choose(due, {each.message.lane for each in ended})
            opened = {each.id: self._open(each) for each in chosen}
            unreadable = {m.endpoint_id for m in chosen if not opened[m.id]}
            reasons = dict.fromkeys(sorted(unreadable), "secret-unreadable")
            await disable(session, reasons, {}, now=now)
        for each in noted:
            metrics.webhook_attempts_total.labels(self._owner, each.outcome.value).inc()
        self._forget(ended)
        begun = [message for message in chosen if opened[message.id]]
        for message in begun:
            self._flying[message.lane] = message
            task = tasks.create_task(self._attempt(message, opened[message.id]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Step(len(begun), looked_at >= PAGE_EVENTS)

    async def land(self, within_seconds: float) -> None:
        """Wait for the attempts under way, give up those that take longer, and note the others."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_seconds)
            for task in late:
                task.cancel()
        ended = list(self._ended)
        async with self._database.transaction() as session:
            await note_attempts(session, ended, self._rules)
        self._forget(ended)

    def _choose(
        self, due: Collection[Message], settled: Collection[tuple[str, str]]
    ) -> list[Message]:
        flying = {lane for lane in self._flying if lane not in settled}
        counts: dict[str, int] = {}
        for endpoint_id, _ in flying:
            counts[endpoint_id] = counts.get(endpoint_id, 0) + 1
        chosen = []
        for message in due:
            slots = 1 if message.failures >= RESTS_AFTER else self._concurrency
            if message.lane in flying or counts.get(message.endpoint_id, 0) >= slots:
                continue
            counts[message.endpoint_id] = counts.get(message.endpoint_id, 0) + 1
            chosen.append(message)
        return chosen

    def _open(self, message: Message) -> list[str]:
        """Return the secrets that sign; none if the endpoint's own can't be read any more."""
        try:
            secrets = [self._personal.open(message.sealed_secret)]
        except UnreadableError:
            return []
        if message.former_secret is not None:
            with suppress(UnreadableError):
                secrets.append(self._personal.open(message.former_secret))
        return secrets

    async def _attempt(self, message: Message, secrets: list[str]) -> None:
        now = self._now()
        if message.body is None:
            answer = Answer(at=now, error=TRIMMED)
        else:
            answer = await self._send(message, secrets, now)
        self._ended.append(Attempt(message, answer))
        self.ended.set()

    def _forget(self, ended: Collection[Attempt]) -> None:
        self._ended = self._ended[len(ended) :]
        for each in ended:
            self._flying.pop(each.message.lane, None)
