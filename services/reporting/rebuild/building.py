"""Building the second set: fed from the owners' feeds, never further than the first one is.

Read docs/decisions/0033 first. Every step is one transaction that begins with the guard of the
rebuild's own positions, so a killed builder goes on where it was, and two of them do no harm.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.planner.standing import OWNERS, READER
from services.reporting.projections.apply import CHANNEL, EVERYTHING, write_sums
from services.reporting.projections.cuts import Cut, hold_at_cut, near_cut
from services.reporting.projections.replaying import Replay, Step
from services.reporting.projections.sums import Sums
from services.reporting.repository.rebuild_set import (
    BUILT,
    analyze_set,
    begin_set,
    end_set,
    look_at_built,
    look_at_serving,
    set_aside,
    swap_sets,
    take_back,
)
from services.reporting.repository.rebuilds import (
    Rebuild,
    State,
    Wish,
    finish_rebuild,
    lock_rebuild,
    note_comparison,
)
from services.reporting.repository.second_set import Differing, find_all_differing
from services.reporting.repository.standing import renew_versions
from shared.audit import record_change
from shared.db.engine import Database
from shared.log.feed_client import Feed
from shared.log.positions import load_positions, move_positions

NEAR_EVENTS = 500
HOLD_SECONDS = 4.0
"""As for a repair: the reader waits no longer than its own statements do."""


class RebuildOverError(Exception):
    """Another process has ended this rebuild, or it is to be dropped."""


class Building:
    """One rebuild, by one process; the database's sessions see the tables that serve."""

    def __init__(self, database: Database, feed: Feed, rebuild: Rebuild) -> None:
        self._database = database
        self._feed = feed
        self._rebuild = rebuild

    async def come_near(self) -> None:
        """Make the second set if there is none, and feed it until it is a little behind the first.

        Raises what reading a feed raises, `LogUnlikeError`, `GuardLostError` and transient errors.
        """
        replay = await self._resume()
        while True:
            async with self._database.reading() as session:
                cut = await near_cut(session, READER, OWNERS)
            if replay.missing(cut.positions) <= NEAR_EVENTS:
                return
            async for step in replay.up_to(*cut):
                async with self._database.transaction() as session:
                    await self._save(session, step)

    async def compare(self) -> list[Differing]:
        """Compare both sets at one cut and note what differs; the reader is held for a moment.

        Raises as `come_near`, and `TimeoutError`.
        """
        async with self._database.transaction() as session:
            await analyze_set(session)
        async with self._both_at_one_cut() as session:
            found = await find_all_differing(session, BUILT)
        differences = [_told(differing) for differing in found]
        async with self._database.transaction() as session:
            rows = sum(differing.rows for differing in found)
            await note_comparison(session, self._rebuild, rows, differences)
        return found

    async def swap(self) -> None:
        """Bring the second set to where the first one is and let it serve, in one transaction.

        The reader's positions stay: both sets stand there. Raises as `compare`; nothing is changed
        then, and it may be tried again.
        """
        replay = await self._resume()
        async with self._database.transaction() as session:
            await self._demand_open(session)
            cut = await hold_at_cut(session, READER, OWNERS)
            await self._come_to(session, replay, cut)
            await swap_sets(session)
            await end_set(session, self._rebuild.reader)
            await renew_versions(session)
            await session.execute(
                text("SELECT pg_notify(:channel, :note)"), {"channel": CHANNEL, "note": EVERYTHING}
            )
            await self._finish(session, State.SWAPPED)

    async def drop(self) -> None:
        """Throw the second set away."""
        async with self._database.transaction() as session:
            await self._demand_open(session, is_end=True)
            await end_set(session, self._rebuild.reader)
            await self._finish(session, State.DROPPED)

    async def fail(self, why: str) -> None:
        """Throw the second set away and say why it cannot be built."""
        async with self._database.transaction() as session:
            await self._demand_open(session, is_end=True)
            await end_set(session, self._rebuild.reader)
            await finish_rebuild(session, self._rebuild, State.FAILED, why)

    async def _resume(self) -> Replay:
        async with self._database.transaction() as session:
            await self._demand_open(session)
            done = await load_positions(session, self._rebuild.reader)
            if not done:
                await near_cut(session, READER, OWNERS)
                await begin_set(session, self._rebuild.reader, READER, OWNERS)
        return Replay(self._feed, None, done=done)

    async def _demand_open(self, session: AsyncSession, *, is_end: bool = False) -> None:
        """Keep the rebuild as it is until the transaction ends; raises `RebuildOverError`."""
        found = await lock_rebuild(session, self._rebuild.id)
        is_over = found is None or found.finished_at is not None
        if is_over or (found is not None and found.wish == Wish.DROP and not is_end):
            raise RebuildOverError(self._rebuild.id)

    async def _save(self, session: AsyncSession, step: Step) -> None:
        """Write one step, guard first: another builder, or none any more, and it fails."""
        await self._demand_open(session)
        await move_positions(session, self._rebuild.reader, {step.part: step.intake})
        await set_aside(session, step.aside)
        await self._write(session, step.sums)

    async def _write(self, session: AsyncSession, sums: Sums) -> None:
        await look_at_built(session)
        await write_sums(session, sums)
        await look_at_serving(session)

    async def _come_to(self, session: AsyncSession, replay: Replay, cut: Cut) -> None:
        async with asyncio.timeout(HOLD_SECONDS):
            async for step in replay.up_to(*cut):
                await self._save(session, step)
        await self._write(session, replay.told(await take_back(session, cut.away)))

    @asynccontextmanager
    async def _both_at_one_cut(self) -> AsyncIterator[AsyncSession]:
        """Yield a session in whose snapshot both sets stand at the same positions.

        It is opened while the reader is held; that ends before anything is compared.
        """
        replay = await self._resume()
        async with self._database.transaction() as seeing:
            async with self._database.transaction() as holding:
                cut = await hold_at_cut(holding, READER, OWNERS)
                async with self._database.transaction() as writing:
                    await self._come_to(writing, replay, cut)
                await seeing.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                await seeing.execute(text("SELECT 1"))
            yield seeing

    async def _finish(self, session: AsyncSession, state: State) -> None:
        rebuild = self._rebuild
        await finish_rebuild(session, rebuild, state)
        await record_change(
            session,
            caller=rebuild.wished_by or rebuild.asked_by,
            action=f"figures.{state}",
            subject=f"rebuild:{rebuild.id}",
            store_id=None,
            before={"rows_differing": rebuild.rows_differing},
            after={"differences": rebuild.differences},
        )


def _told(differing: Differing) -> dict[str, Any]:
    return {
        "table": differing.table,
        "rows": differing.rows,
        "example_store_id": differing.store_id,
        "held": differing.held,
        "rebuilt": differing.told,
    }
