"""A light HTTP client: bytes made beforehand over kept connections, so that it takes little CPU."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_SECONDS = 30.0


class RefusedError(Exception):
    """The service answered something else than success."""


@dataclass
class Connection:
    """One connection; one request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> bytes:
        """Return the body of the answer; raises `RefusedError`."""
        async with asyncio.timeout(ANSWER_SECONDS):
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await self.reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 2"):
            raise RefusedError((head + body).decode(errors="replace")[:2000])
        return body


@asynccontextmanager
async def connections(url: str, count: int) -> AsyncIterator[list[Connection]]:
    """Open so many connections to a service."""
    place = urlsplit(url)
    opened = [
        Connection(*await asyncio.open_connection(place.hostname, place.port)) for _ in range(count)
    ]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.writer.close()


def post(path: str, body: bytes, token: str, *, kind: str = "application/json") -> bytes:
    """Return a request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str, token: str) -> bytes:
    """Return a request that reads."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


async def requests_a_second(url: str, requests: Iterator[bytes], *, clients: int) -> float:
    """Send all requests, each client one after the other; return how many a second were done."""
    done = 0

    async def work(connection: Connection) -> None:
        nonlocal done
        for request in requests:
            await connection.send(request)
            done += 1

    async with connections(url, clients) as opened:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for connection in opened:
                tasks.create_task(work(connection))
        return done / (time.perf_counter() - started)
