"""Puts the board beside a service's API: pages, assets and websocket all under `/board`."""

from fastapi import FastAPI
from nicegui import ui
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from services.reporting.board.entry import Door
from services.reporting.board.sessions import PATH

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


def mount_pages(application: FastAPI, door: Door) -> None:
    """Serve NiceGUI's pages under the board's path; once per process, before the server starts."""
    for route in door.routes():
        application.router.routes.append(route)
    ui.run_with(
        application,
        mount_path=PATH,
        title="Shopfleet",
        dark=None,
        tailwind=False,
        reconnect_timeout=LOST_AFTER_SECONDS,
        show_welcome_message=False,
    )
    mount = next(
        route for route in application.routes if isinstance(route, Mount) and route.path == PATH
    )
    application.router.routes.append(Route(PATH, _WithoutSlash(mount)))
