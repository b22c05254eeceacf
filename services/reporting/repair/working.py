"""The role that repairs: asks for what drifts, and makes again what was asked for."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import structlog

from services.reporting.metrics import FIGURE_REPAIRS
from services.reporting.repair.remaking import remake
from services.reporting.repository.digests import clear_lines
from services.reporting.repository.repairs import (
    Outcome,
    Repair,
    ask_for_drifting,
    claim,
    finish,
)
from shared.db.engine import Database
from shared.jobs import repeat
from shared.log.feed_client import Feed, FeedTrimmedError

LOOK_SECONDS = 10.0
MOST = 20
"""Stores that are asked for, and made again, in one go: one reading of the log serves all."""

log = structlog.get_logger()


class Repairing:
    """Looks for repairs every few seconds, one run at a time; a stop gives up a run under way."""

    def __init__(self, database: Database, feed: Feed, *, is_automatic: bool) -> None:
        self._database = database
        self._feed = feed
        self._is_automatic = is_automatic

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await repeat(self.look, stop, every_seconds=LOOK_SECONDS)

    async def look(self) -> Mapping[Outcome, int]:
        """Ask for what drifts, where that is wanted, and repair all that is asked for."""
        async with self._database.transaction() as session:
            if self._is_automatic:
                await ask_for_drifting(session, MOST)
            claimed = await claim(session, MOST)
        outcomes = await self._repair(claimed) if claimed else []
        for outcome in outcomes:
            FIGURE_REPAIRS.labels(outcome).inc()
        return Counter(outcomes)

    async def _repair(self, repairs: Sequence[Repair]) -> list[Outcome]:
        stores = [repair.store_id for repair in repairs]
        try:
            changed = await remake(self._database, self._feed, repairs)
        except FeedTrimmedError as error:
            detail = f"a log no longer begins at its first event: {error}"
            return await self._give_up(repairs, Outcome.TRIMMED, detail)
        except Exception as error:
            log.exception("figures_not_repaired", stores=stores, error=repr(error))
            return await self._give_up(repairs, Outcome.FAILED, repr(error))
        async with self._database.transaction() as session:
            await clear_lines(session, stores)
        log.warning("figures_repaired", stores=stores, rows_changed=changed)
        return [
            Outcome.REPAIRED if changed.get(store_id) else Outcome.UNCHANGED for store_id in stores
        ]

    async def _give_up(
        self, repairs: Sequence[Repair], outcome: Outcome, detail: str
    ) -> list[Outcome]:
        async with self._database.transaction() as session:
            for repair in repairs:
                await finish(session, repair, outcome, 0, detail[:2_000])
        return [outcome] * len(repairs)
