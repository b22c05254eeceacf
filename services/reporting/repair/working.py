"""The role that repairs: asks for what drifts, and makes again what was asked for."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.metrics import FIGURE_REPAIRS, FIGURES_DISAGREEING
from services.reporting.planner.standing import OWNERS
from services.reporting.repair.remaking import remake
from services.reporting.repository.agreement import disagreeing_days
from services.reporting.repository.digests import clear_lines
from services.reporting.repository.repairs import (
    Outcome,
    Repair,
    ask_for_drifting,
    ask_for_some,
    claim,
    finish,
)
from shared.db.engine import Database
from shared.jobs import repeat
from shared.kernel.clock import utc_now
from shared.log.feed_client import Feed, FeedTrimmedError

LOOK_SECONDS = 10.0
COMPARE_SECONDS = 600.0
WHOLE_SECONDS = 86_400.0
LOOK_BACK = timedelta(days=45)
"""How old the days are that each comparison looks at; once a day it looks at all of them."""

MOST = 20
"""Stores that are asked for, and made again, in one go: one reading of the log serves all."""

log = structlog.get_logger()


class Repairing:
    """Looks for repairs every few seconds, one run at a time; a stop gives up a run under way."""

    def __init__(self, database: Database, feed: Feed, *, is_automatic: bool) -> None:
        self._database = database
        self._feed = feed
        self._is_automatic = is_automatic
        self._compared_at = -COMPARE_SECONDS
        self._compared_whole_at = -WHOLE_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await repeat(self.look, stop, every_seconds=LOOK_SECONDS)

    async def look(self) -> Mapping[Outcome, int]:
        """Ask for what drifts, where that is wanted, and repair all that is asked for."""
        async with self._database.transaction() as session:
            if self._is_automatic:
                await ask_for_drifting(session, MOST)
            await self._compare(session)
            claimed = await claim(session, MOST)
        outcomes = await self._repair(claimed) if claimed else []
        for outcome in outcomes:
            FIGURE_REPAIRS.labels(outcome).inc()
        return Counter(outcomes)

    async def _compare(self, session: AsyncSession) -> None:
        """Hold the tables of figures against each other: all days at first, then recent ones."""
        now = monotonic()
        if now - self._compared_at < COMPARE_SECONDS:
            return
        is_whole = now - self._compared_whole_at >= WHOLE_SECONDS
        since = date.min if is_whole else (utc_now() - LOOK_BACK).date()
        found = await disagreeing_days(session, since)
        FIGURES_DISAGREEING.set(sum(found.values()))
        if self._is_automatic:
            await ask_for_some(session, OWNERS[0], found, MOST)
        self._compared_at = now
        if is_whole:
            self._compared_whole_at = now

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
