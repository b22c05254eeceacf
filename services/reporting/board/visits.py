"""A visit: who looks, at what, and the live loop that moves the page while it is open."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import structlog
from nicegui import Client
from sqlalchemy.exc import SQLAlchemyError

from services.reporting.board.language import Language
from services.reporting.board.page import Page
from services.reporting.board.reading import Reading
from services.reporting.board.sessions import Sessions
from services.reporting.board.texts import Texts
from services.reporting.board.view import view_of
from shared.web.callers import ScopeMissingError, UnauthenticatedError

RETRY_SECONDS = 2.0
VERIFY_SECONDS = 30.0
"""How often the credential of an open page is asked for again."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scope:
    """The stores of a page: the caller's (None is all), or one of them."""

    stores: frozenset[str] | None
    store_id: str | None = None


class Readings(Protocol):
    """Where a page's numbers come from; one source serves all pages."""

    async def read(self, scope: Scope) -> Reading:
        """Return the present reading; its stores are empty if there are none."""

    def follow(self, scope: Scope) -> AsyncIterator[Reading]:
        """Yield a reading after each change, at most four a second; never ends by itself."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: by which credential, at what, in which language."""

    credential: str
    scope: Scope
    language: Language


@dataclass(frozen=True, slots=True)
class Visit:
    """One open page."""

    client: Client
    page: Page
    texts: Texts
    visitor: Visitor

    async def live(self, readings: Readings, sessions: Sessions) -> None:
        """Move the page until the visitor leaves or may no longer look."""
        async with asyncio.TaskGroup() as group:
            moving = group.create_task(self._move(readings))
            await self._guard(sessions)
            moving.cancel()

    async def _move(self, readings: Readings) -> None:
        while True:
            try:
                async for reading in readings.follow(self.visitor.scope):
                    with self.client:
                        self.page.say_failing(is_failing=False)
                        self.page.show(view_of(reading, self.texts))
            except (OSError, SQLAlchemyError) as error:
                log.warning("board_reading_failed", exc_info=error)
                self.page.say_failing(is_failing=True)
            await asyncio.sleep(RETRY_SECONDS)

    async def _guard(self, sessions: Sessions) -> None:
        while True:
            await asyncio.sleep(VERIFY_SECONDS)
            if not await self._may_look(sessions):
                break
        # the page that comes next says why, or shows the stores that are theirs by then
        self.client.run_javascript("location.reload()")

    async def _may_look(self, sessions: Sessions) -> bool:
        try:
            caller = await sessions.verify(self.visitor.credential)
        except (UnauthenticatedError, ScopeMissingError):
            return False
        except (OSError, SQLAlchemyError):  # nobody can be asked: the page stands still anyway
            return True
        return caller.stores == self.visitor.scope.stores
