"""Readings as they change: read once for all pages that show the same, however many they are."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from time import monotonic
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.board.asking import Asking
from services.reporting.board.reading import Reading
from services.reporting.board.shown import SALES, Sheet
from services.reporting.live import EVERY_SECONDS, Changes
from services.reporting.planner.standing import choose_stores
from services.reporting.projections.apply import EVERYTHING
from services.reporting.repository.standing import version_of
from shared.db.engine import Database
from shared.kernel.clock import utc_now

TICK_SECONDS = 1.0
"""How often a page is told how new its figures are, when nothing else changes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page is about: the visitor's stores (None is all) or one of them, on which sheet."""

    stores: frozenset[str] | None
    store_id: str | None = None
    sheet: Sheet = SALES

    def includes(self, changed: set[str]) -> bool:
        """Say whether any of these stores is shown."""
        if EVERYTHING in changed:
            return True
        if self.store_id is not None:
            return self.store_id in changed
        return self.stores is None or not self.stores.isdisjoint(changed)

    def allowed(self) -> list[str] | None:
        """Return the stores it is limited to, None for all; empty if the one is not theirs."""
        if self.store_id is None:
            return None if self.stores is None else sorted(self.stores)
        is_theirs = self.stores is None or self.store_id in self.stores
        return [self.store_id] if is_theirs else []


class LiveReadings:
    """Where the pages' numbers come from."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes
        self._shared: WeakValueDictionary[Scope, _Shared] = WeakValueDictionary()

    async def read(self, scope: Scope) -> Reading:
        """Return the present reading; it has no stores if there are none to see."""
        return await self._of(scope).anew()

    async def follow(self, scope: Scope) -> AsyncIterator[Reading]:
        """Yield the present reading, then one after each change, at most four a second.

        Without changes, one a second that tells how new the figures are. Raises what the database
        raises; following again is safe.
        """
        shared = self._of(scope)
        async with self._changes.following() as follower:
            yield await shared.since(monotonic())
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                changed = await follower.changes(TICK_SECONDS - EVERY_SECONDS)
                if not changed:
                    await self._changes.listen()
                # without a change, what another page was told a moment ago will do
                patience = 0.0 if scope.includes(changed) else TICK_SECONDS / 2
                yield await shared.since(monotonic() - patience)

    def _of(self, scope: Scope) -> "_Shared":
        shared = self._shared.get(scope)
        if shared is None:
            shared = self._shared[scope] = _Shared(self._database, scope)
        return shared


class _Shared:
    """The newest reading of one scope; who comes while it is read waits, and takes it too."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._allowed = scope.allowed()
        self._sheet = scope.sheet
        self._lock = asyncio.Lock()
        self._reading: Reading | None = None
        self._version = -1
        self._begun = float("-inf")

    async def anew(self) -> Reading:
        """Return a reading of which no number was read before."""
        async with self._lock:
            self._reading = None
            return await self._read()

    async def since(self, moment: float) -> Reading:
        """Return a reading whose snapshot is not older than a moment of the monotonic clock."""
        async with self._lock:
            if self._reading is None or self._begun < moment:
                return await self._read()
            return self._reading

    async def _read(self) -> Reading:
        begun = monotonic()
        async with self._database.reading() as session:
            self._reading = reading = await self._ask(session)
        self._begun = begun
        return reading

    async def _ask(self, session: AsyncSession) -> Reading:
        stores = await choose_stores(session, self._allowed, None)
        version = await version_of(session, [store.store_id for store in stores])
        asking = Asking(session, stores, utc_now(), self._sheet)
        known = self._reading
        if known is not None and version == self._version and asking.is_like(known):
            return replace(known, standing=await asking.standing(), asked_at=asking.now)
        reading = await asking.reading()
        self._version = version
        return reading
