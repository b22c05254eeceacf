"""Streams: what stands on the wire, and how they end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from starlette.types import Message

from shared.web.stream import EventStream, StreamEvent, encode
from tests.support.eventually import eventually

EVENT = StreamEvent("change", {"店": "甲\n乙"}, "7")


class Reader:
    """The other end of a connection: takes what is sent, unless it is stuck, and may go."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.gone = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.free.wait()
        self.taken.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.taken)


class Counting:
    """A source that says how far it came and whether it was closed."""

    def __init__(self, *events: StreamEvent | None, is_endless: bool = False) -> None:
        self.events = events
        self.is_endless = is_endless
        self.is_closed = False

    async def run(self) -> AsyncGenerator[StreamEvent | None]:
        try:
            for event in self.events:
                yield event
            while self.is_endless:
                await asyncio.sleep(0)
                yield EVENT
        finally:
            self.is_closed = True


async def serve(source: Counting, reader: Reader, *, patience: float = 5.0) -> None:
    response = EventStream(source.run(), patience=patience)
    await response({"type": "http"}, reader.receive, reader.send)


def test_an_event_stands_on_three_lines() -> None:
    assert encode(EVENT) == 'id: 7\nevent: change\ndata: {"店":"甲\\n乙"}\n\n'.encode()
    assert encode(None) == b": ping\n\n"


async def test_a_source_is_sent_to_its_end() -> None:
    source, reader = Counting(EVENT, None), Reader()

    await serve(source, reader)

    headers = dict(reader.taken[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    assert reader.body == b"retry: 2000\n\n" + encode(EVENT) + encode(None)
    assert reader.taken[-1]["more_body"] is False
    assert source.is_closed


async def test_a_stream_ends_when_its_reader_goes() -> None:
    source, reader = Counting(is_endless=True), Reader()

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(source, reader))
        await eventually(lambda: len(reader.taken) > 3)
        reader.gone.set()

    assert source.is_closed


async def test_a_reader_that_takes_nothing_is_dropped() -> None:
    source, reader = Counting(is_endless=True), Reader()

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(source, reader, patience=0.05))
        await eventually(lambda: len(reader.taken) > 3)
        reader.free.clear()

    assert source.is_closed
    assert reader.taken[-1]["more_body"] is True


async def test_a_source_that_fails_fails_the_stream() -> None:
    reader = Reader()

    async def failing() -> AsyncGenerator[StreamEvent | None]:
        yield EVENT
        raise LookupError

    failure: BaseException | None = None
    with suppress(asyncio.CancelledError):
        try:
            await EventStream(failing())({"type": "http"}, reader.receive, reader.send)
        except* LookupError as group:
            failure = group

    assert failure is not None
    assert reader.body.endswith(encode(EVENT))
