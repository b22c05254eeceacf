"""The role `relay`: waits to lead, then numbers, publishes, checks and states watermarks."""

import asyncio
from contextlib import suppress
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.db.direct import DirectError, close_direct, connect_direct
from shared.db.engine import Database
from shared.kafka.ports import Broker, BrokerUnavailableError
from shared.log.ledger import LeadershipLostError, Ledger, LogChangedError
from shared.log.pauses import pause_unless
from shared.log.progress import ProgressBoard
from shared.log.readers import save_reader_progress
from shared.log.relay import Relay
from shared.log.watermarks import ReaderProgress
from shared.observability import metrics

RETRY_SECONDS = 0.5
POLL_SECONDS = (0.005, 0.1)  # after work, and after a while without any
WATERMARK_SECONDS = 1.0
CHECK_SECONDS = 3.0
IDLE_SECONDS = 0.2

log = structlog.get_logger()


class RelayRole:
    """Runs one owner's relay for as long as this process leads; tries to lead for ever."""

    def __init__(self, owner: str, database: Database, broker: Broker) -> None:
        self._owner = owner
        self._database = database
        self._broker = broker
        self._work = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then finish the step at hand and let another lead.

        Stops by itself, and waits for a human, when the log's identity changes under way.
        """
        while not stop.is_set():
            try:
                await self._try_to_lead(stop)
            except* LogChangedError as changed:
                log.critical("log_changed", owner=self._owner, error=str(changed.exceptions[0]))
                metrics.log_stopped.labels("relay", self._owner).set(1)
                await stop.wait()
            except* (LeadershipLostError, TimeoutError, SQLAlchemyError, *DirectError) as lost:
                log.warning("relay_stepped_down", owner=self._owner, error=repr(lost.exceptions[0]))
            await pause_unless(stop, RETRY_SECONDS)

    async def _try_to_lead(self, stop: asyncio.Event) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        connection = await connect_direct(url, name=f"{self._owner}-relay")
        try:
            ledger = await Ledger.lead(connection)
            while ledger is None and not await pause_unless(stop, RETRY_SECONDS):
                ledger = await Ledger.lead(connection)
            if ledger is not None:
                await self._lead_on(ledger, stop)
        finally:
            await close_direct(connection)

    async def _lead_on(self, ledger: Ledger, stop: asyncio.Event) -> None:
        relay = Relay(self._owner, ledger, self._broker)
        await relay.begin()
        log.info("relay_leads", owner=self._owner)
        metrics.relay_leads.labels(self._owner).set(1)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._number(relay, stop))
                tasks.create_task(self._publish(relay, stop))
                tasks.create_task(self._state_watermarks(relay, stop))
                tasks.create_task(self._hear_readers(ledger.log_id, stop))
            await relay.save_marks()
        finally:
            metrics.relay_leads.labels(self._owner).set(0)
            await relay.disconnect()

    async def _number(self, relay: Relay, stop: asyncio.Event) -> None:
        """Poll: at once after work, more and more slowly without; saves marks once a second."""
        least, most = POLL_SECONDS
        pause, saved_at = least, monotonic()
        while not await pause_unless(stop, pause):
            if await relay.number():
                self._work.set()
                pause = least
            else:
                pause = min(pause * 1.5, most)
            if monotonic() - saved_at > WATERMARK_SECONDS:
                await relay.save_marks()
                relay.measure()
                saved_at = monotonic()

    async def _publish(self, relay: Relay, stop: asyncio.Event) -> None:
        checked_at = monotonic()
        while not stop.is_set():
            try:
                if monotonic() - checked_at > CHECK_SECONDS:
                    await relay.check()
                    checked_at = monotonic()
                if await relay.publish():
                    continue
            except BrokerUnavailableError as error:
                log.warning("broker_unavailable", owner=self._owner, error=str(error))
                await relay.disconnect()
                await pause_unless(stop, RETRY_SECONDS)
                continue
            await self._wait_for_work()

    async def _wait_for_work(self) -> None:
        self._work.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):
                await self._work.wait()

    async def _state_watermarks(self, relay: Relay, stop: asyncio.Event) -> None:
        board = ProgressBoard(self._broker)
        try:
            while not await pause_unless(stop, WATERMARK_SECONDS):
                progress = relay.watermark()
                if progress is not None:
                    await board.state([progress])
        finally:
            await board.close()

    async def _hear_readers(self, log_id: UUID, stop: asyncio.Event) -> None:
        """Keep positions in this log in our own database: what may be trimmed follows from them."""
        board = ProgressBoard(self._broker)
        try:
            while not stop.is_set():
                heard = await board.hear(within_seconds=WATERMARK_SECONDS)
                ours = [
                    progress
                    for progress in heard
                    if isinstance(progress, ReaderProgress)
                    and progress.owner == self._owner
                    and progress.log_id == log_id  # another log's readers hold nothing back here
                ]
                if ours:
                    async with self._database.transaction() as session:
                        await save_reader_progress(session, ours)
        finally:
            await board.close()
