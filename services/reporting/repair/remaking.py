"""Making the figures of stores again: from the owner's log, compared and replaced in one cut.

Read docs/decisions/0032 first: it says why a store is the smallest thing that can be repaired.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.planner.standing import OWNERS, READER
from services.reporting.projections.apply import announce, write_sums
from services.reporting.projections.cuts import hold_at_cut, near_cut
from services.reporting.projections.replaying import Replay
from services.reporting.repository.repairs import Outcome, Repair, finish
from services.reporting.repository.second_set import (
    SECOND,
    Differing,
    find_differing,
    look_at_first,
    look_at_second,
    make_second_set,
    replace_differing,
)
from shared.audit import Change, record_changes
from shared.db.engine import Database
from shared.log.feed_client import Feed

NEAR_EVENTS = 500
"""So many events behind the reader, the rest is read while the reader waits."""

ROUNDS = 50
HOLD_SECONDS = 4.0
"""The reader waits no longer: its own statements give up after five."""


async def remake(database: Database, feed: Feed, repairs: Sequence[Repair]) -> dict[str, int]:
    """Make the figures of these repairs' stores again; return how many rows of each changed.

    May be repeated and done by several at once: each compares and replaces under the reader's
    guard. Raises what reading a feed raises, `LogUnlikeError`, `TimeoutError` if the reader runs
    ahead too fast to be met, and transient errors; nothing is changed then.
    """
    stores = sorted({repair.store_id for repair in repairs})
    url = database.url.render_as_string(hide_password=False)
    second = Database(url, name=f"{database.name}-repair", pool=1, search_path=SECOND)
    replay = Replay(feed, frozenset(stores))
    try:
        async with second.transaction() as session:
            await make_second_set(session)
        await _come_near(database, second, replay)
        async with second.transaction() as session:
            await _come_to_the_cut(session, replay)
            return await _replace(session, stores, repairs)
    finally:
        await second.close()


async def _come_near(database: Database, second: Database, replay: Replay) -> None:
    """Read the log while the reader goes on, until it is only a little ahead."""
    for _ in range(ROUNDS):
        async with database.reading() as session:
            cut = await near_cut(session, READER, OWNERS)
        if replay.missing(cut.positions) <= NEAR_EVENTS:
            return
        async for step in replay.up_to(*cut):
            async with second.transaction() as session:
                await write_sums(session, step.sums)


async def _come_to_the_cut(session: AsyncSession, replay: Replay) -> None:
    """Hold the reader, read up to exactly where it stands; the second set is whole then."""
    await look_at_first(session)
    cut = await hold_at_cut(session, READER, OWNERS)
    await look_at_second(session)
    async with asyncio.timeout(HOLD_SECONDS):
        async for step in replay.up_to(*cut):
            await write_sums(session, step.sums)
        await write_sums(session, replay.back(cut.away))
    await look_at_first(session)


async def _replace(
    session: AsyncSession, stores: Sequence[str], repairs: Sequence[Repair]
) -> dict[str, int]:
    found = await find_differing(session, stores)
    changed: defaultdict[str, int] = defaultdict(int)
    for differing in found:
        changed[differing.store_id] += differing.rows
    await replace_differing(session)
    for repair in repairs:
        rows = changed[repair.store_id]
        outcome = Outcome.REPAIRED if rows else Outcome.UNCHANGED
        await finish(session, repair, outcome, rows, None)
        await record_changes(session, caller=repair.asked_by, changes=_changes(repair, found))
    if found:
        await announce(session, sorted(changed.keys() & set(stores)))
    return dict(changed)


def _changes(repair: Repair, found: Sequence[Differing]) -> list[Change]:
    """Return the line of the trail, none if nothing was changed."""
    ours = [differing for differing in found if differing.store_id == repair.store_id]
    if not ours:
        return []
    before: dict[str, Any] = {differing.table: differing.held for differing in ours}
    after: dict[str, Any] = {differing.table: differing.told for differing in ours}
    after["rows_changed"] = {differing.table: differing.rows for differing in ours}
    return [Change("figures.repaired", repair.store_id, repair.store_id, before, after)]
