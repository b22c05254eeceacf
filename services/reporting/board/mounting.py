"""Puts the board beside a service's API: pages, assets and websocket all under `/board`."""

from fastapi import FastAPI
from nicegui import ui
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from services.reporting.board.entry import Door
from services.reporting.board.live_readings import LiveReadings
from services.reporting.board.pages import Pages
from services.reporting.board.sessions import PATH, Sessions

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#1f5fd6"/>'
    '<path d="M7 21l6-7 5 4 7-9" fill="none" stroke="#fff" stroke-width="3"'
    ' stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
LOST_AFTER_SECONDS = 5.0  # the pings that notice a lost connection follow from it


class _WithoutSlash:
    """Answers `/board` itself: a mount would only know `/board/`, and redirect there."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the mount, as if it had been sent with a slash."""
        slashed = {**scope, "path": f"{scope['path']}/"}
        _, inner = self._mount.matches(slashed)
        await self._mount.handle({**slashed, **inner}, receive, send)


def mount_board(application: FastAPI) -> None:
    """Serve the board beside an application's API; once per process, before the server starts.

    The application's state holds authenticator, settings, database and changes.
    """
    state = application.state
    secret = state.settings.internal_secret.get_secret_value().encode()
    sessions = Sessions(state.authenticator, secret)
    door = Door(sessions)
    Pages(door, sessions, LiveReadings(state.database, state.changes)).register()
    application.router.routes.extend(door.routes())
    ui.run_with(
        application,
        mount_path=PATH,
        title="Shopfleet",
        favicon=FAVICON,
        dark=None,
        tailwind=False,
        reconnect_timeout=LOST_AFTER_SECONDS,
        show_welcome_message=False,
    )
    mount = next(
        route for route in application.routes if isinstance(route, Mount) and route.path == PATH
    )
    application.router.routes.append(Route(PATH, _WithoutSlash(mount)))
