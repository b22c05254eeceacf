"""Server-sent events: a stream that pings, drops slow readers, and ends when its reader goes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, NamedTuple

import msgspec
import structlog
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

PING_SECONDS = 15.0
"""Silence after which a source should yield None, so that proxies keep the connection."""

PATIENCE_SECONDS = 10.0
"""A reader that takes nothing for so long is dropped; it comes back to a fresh snapshot."""

RETRY_MILLISECONDS = 2_000

log = structlog.get_logger()


class StreamEvent(NamedTuple):
    """One event: its name, data to be sent as JSON, and the id a reader resumes from."""

    name: str
    data: Mapping[str, Any]
    id: str


Source = AsyncGenerator[StreamEvent | None]
"""Yields events, and None to ping; opens its own short transactions, for it lives long."""


class EventStream(Response):
    """A response that streams a source until it ends, the reader goes, or is too slow.

    The source is closed in every case.
    """

    media_type = "text/event-stream"

    def __init__(self, source: Source, *, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._source = source
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream."""
        del scope
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with asyncio.TaskGroup() as tasks:
            pumping = tasks.create_task(self._pump(start, send))
            watching = tasks.create_task(_watch(receive, pumping))
            pumping.add_done_callback(lambda _: watching.cancel())

    async def _pump(self, start: Message, send: Send) -> None:
        try:
            await send(start)
            await self._give(send, f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            async for event in self._source:
                await self._give(send, encode(event))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except SlowReaderError:
            log.info("stream_dropped", reason="slow reader")
        finally:
            await self._source.aclose()

    async def _give(self, send: Send, chunk: bytes) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            raise SlowReaderError from None


class SlowReaderError(Exception):
    """The reader takes nothing from the connection."""


def encode(event: StreamEvent | None) -> bytes:
    """Return an event, or a ping, as it stands on the wire."""
    if event is None:
        return b": ping\n\n"
    data = msgspec.json.encode(event.data)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.name.encode(), data)


async def _watch(receive: Receive, pumping: "asyncio.Task[None]") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    pumping.cancel()
