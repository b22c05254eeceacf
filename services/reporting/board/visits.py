"""A visit: who looks, at what, and the live loop that moves the page while it is open."""

import asyncio
from dataclasses import dataclass

import structlog
from nicegui import Client

from services.reporting.board.language import Language
from services.reporting.board.live_readings import LiveReadings, Scope
from services.reporting.board.page import Page
from services.reporting.board.sessions import Sessions
from services.reporting.board.texts import Texts
from services.reporting.board.view import view_of
from shared.log.transience import is_transient
from shared.web.callers import ScopeMissingError, UnauthenticatedError

RETRY_SECONDS = 2.0
VERIFY_SECONDS = 10.0
"""How often the credential of an open page is asked for again."""

log = structlog.get_logger()


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

    async def live(self, readings: LiveReadings, sessions: Sessions) -> None:
        """Move the page until the visitor leaves or may no longer look."""
        async with asyncio.TaskGroup() as group:
            moving = group.create_task(self._move(readings))
            await self._guard(sessions)
            moving.cancel()

    async def _move(self, readings: LiveReadings) -> None:
        while True:
            try:
                async for reading in readings.follow(self.visitor.scope):
                    with self.client:
                        self.page.say_failing(is_failing=False)
                        self.page.show(view_of(reading, self.texts, self.visitor.scope.sheet))
            except Exception as error:
                if not is_transient(error):
                    raise
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
        except Exception as error:
            if not is_transient(error):
                raise
            return True  # nobody can be asked; the page says that it stands still
        return caller.stores == self.visitor.scope.stores
