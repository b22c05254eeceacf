"""The role that answers HTTP: a server that leaves signals to the runtime."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from shared.settings import ServiceSettings


class CannotListenError(Exception):
    """Another process listens at our address."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the runtime."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiRole:
    """The role that answers HTTP; every process has it, for health and metrics at least."""

    def __init__(self, application: FastAPI, settings: ServiceSettings, *, port: int) -> None:
        config = uvicorn.Config(
            application,
            host=settings.host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=max(int(settings.drain_seconds) - 1, 1),
        )
        self._server = _Server(config)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; raises `CannotListenError`."""

        async def end() -> None:
            await stop.wait()
            self._server.should_exit = True

        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(end())
            try:
                await self._server.serve()
            except SystemExit as error:  # it would leave past everything that is open
                raise CannotListenError(f"port {self._server.config.port}") from error
            ending.cancel()
