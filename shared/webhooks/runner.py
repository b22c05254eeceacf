"""The worker of the role `jobs` that sends webhooks: one in a fleet of processes leads."""

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.crypto import PersonalData, parse_key
from shared.db.direct import DirectConnection, DirectError, close_direct, connect_direct
from shared.db.engine import Database
from shared.log.pauses import pause_unless
from shared.observability import metrics
from shared.settings import ServiceSettings
from shared.webhooks.addresses import AddressRules
from shared.webhooks.dispatch import Dispatch
from shared.webhooks.judging import Outcome
from shared.webhooks.keeping import measure, measure_nothing
from shared.webhooks.sending import Sender

LOOK_SECONDS = 1.0
MEASURE_SECONDS = 15.0
_GRACE_SECONDS = 5.0  # of attempts under way, at a stop
_RETRY_SECONDS = 5.0
_LOCK = 0x5F1EE7EB  # the advisory lock of the one that sends

_ANY = text("SELECT EXISTS (SELECT FROM webhook_endpoints)")

log = structlog.get_logger()


class WebhookRunner:
    """Sends an owner's webhooks while it leads; without endpoints it only looks for some."""

    def __init__(self, owner: str, database: Database, settings: ServiceSettings) -> None:
        self._owner = owner
        self._database = database
        self._settings = settings
        for outcome in Outcome:  # a counter that begins at one never seems to grow
            metrics.webhook_attempts_total.labels(owner, outcome.value)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; attempts under way then have a few seconds to end.

        What fails is tried again: nothing in the queue is lost by it.
        """
        key = self._settings.pii_key.get_secret_value()
        if not key:  # then no endpoint can be registered either
            await stop.wait()
            return
        personal = PersonalData(parse_key(key))
        while not stop.is_set():
            try:
                if await self._has_endpoints():
                    await self._try_to_lead(personal, stop)
            except* (TimeoutError, SQLAlchemyError, *DirectError) as lost:
                log.warning("webhooks_stepped_down", error=repr(lost.exceptions[0]))
                await pause_unless(stop, _RETRY_SECONDS)
            except* Exception as failed:
                log.exception("webhooks_failed", error=repr(failed.exceptions[0]))
                await pause_unless(stop, _RETRY_SECONDS)
            await pause_unless(stop, LOOK_SECONDS)

    async def _has_endpoints(self) -> bool:
        async with self._database.looking() as session:
            return bool((await session.execute(_ANY)).scalar_one())

    async def _try_to_lead(self, personal: PersonalData, stop: asyncio.Event) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        connection = await connect_direct(url, name=f"{self._owner}-webhooks")
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                if await pause_unless(stop, LOOK_SECONDS):
                    return
            await self._lead(connection, personal, stop)
        finally:
            await close_direct(connection)

    async def _lead(
        self, connection: DirectConnection, personal: PersonalData, stop: asyncio.Event
    ) -> None:
        rules = AddressRules.of(self._settings)
        sender = Sender(rules, timeout_seconds=self._settings.webhooks_timeout_seconds)
        dispatch = Dispatch(
            self._owner, self._database, self._settings, personal=personal, send=sender.send
        )
        log.info("webhooks_lead", owner=self._owner)
        try:
            async with asyncio.TaskGroup() as tasks:
                measuring = tasks.create_task(self._measure())
                while not stop.is_set():
                    await connection.fetchval("SELECT 1")  # raises when the lock is lost
                    if not (await dispatch.step(tasks)).has_more:
                        await _wait(dispatch.ended, stop)
                measuring.cancel()
                await dispatch.land(_GRACE_SECONDS)
        finally:
            measure_nothing(self._owner)
            await sender.close()

    async def _measure(self) -> None:
        while True:
            async with self._database.looking() as session:
                await measure(session, self._owner)
            await asyncio.sleep(MEASURE_SECONDS)


async def _wait(ended: asyncio.Event, stop: asyncio.Event) -> None:
    """Wait until an attempt has ended or it is time to look again; the lock is kept by looking."""
    if stop.is_set():
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await ended.wait()
