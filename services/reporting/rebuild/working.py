"""The role that rebuilds: builds, compares, and does what is wished, one rebuild at a time."""

import asyncio

import msgspec
import structlog

from services.reporting.projections.replaying import LogUnlikeError
from services.reporting.rebuild.building import Building, RebuildOverError
from services.reporting.repository.rebuilds import Rebuild, State, Wish, open_rebuild
from shared.db.engine import Database
from shared.jobs import repeat
from shared.log.feed_client import Feed, FeedTrimmedError
from shared.log.positions import GuardLostError

LOOK_SECONDS = 2.0

_HOPELESS = (FeedTrimmedError, LogUnlikeError, msgspec.MsgspecError)
"""What no second try mends; anything else is tried again, from where the positions are."""

log = structlog.get_logger()


class Rebuilding:
    """Looks for a rebuild every few seconds; a stop gives up a step, not what was built."""

    def __init__(self, database: Database, feed: Feed) -> None:
        url = database.url.render_as_string(hide_password=False)
        self._database = database
        self._building = Database(url, name=f"{database.name}-rebuild", pool=3)
        self._feed = feed

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        try:
            await repeat(self.look, stop, every_seconds=LOOK_SECONDS)
        finally:
            await self._building.close()

    async def look(self) -> None:
        """Take the open rebuild one state further, if there is one.

        Raises what passes by itself; nothing is lost by it.
        """
        async with self._database.reading() as session:
            rebuild = await open_rebuild(session)
        if rebuild is None:
            return
        building = Building(self._building, self._feed, rebuild)
        try:
            await _advance(building, rebuild)
        except RebuildOverError:
            log.info("rebuild_is_over", rebuild=rebuild.id)
        except GuardLostError:
            log.info("another_process_rebuilds", rebuild=rebuild.id)
        except _HOPELESS as error:
            log.exception("rebuild_failed", rebuild=rebuild.id, error=repr(error))
            await building.fail(_why(error))


async def _advance(building: Building, rebuild: Rebuild) -> None:
    if rebuild.wish == Wish.DROP:
        await building.drop()
        return
    await building.come_near()
    if rebuild.state == State.BUILDING:
        found = await building.compare()
        log.info("rebuild_compared", rebuild=rebuild.id, tables=[each.table for each in found])
    elif rebuild.wish == Wish.SWAP:
        await building.swap()
        log.warning("rebuild_swapped", rebuild=rebuild.id)


def _why(error: Exception) -> str:
    if isinstance(error, FeedTrimmedError):
        return (
            f"a log no longer begins at its first event, so nothing can be built from it: {error}"
        )
    return repr(error)
