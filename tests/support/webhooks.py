"""A receiver of webhooks on a real socket, and a dispatch whose clock the test moves."""

import asyncio
import base64
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from services.orders.app import SERVICE
from shared.contracts.envelope import Event
from shared.crypto import PersonalData
from shared.db.direct import close_direct, connect_direct
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.log.ledger import Ledger
from shared.webhooks.addresses import AddressRules
from shared.webhooks.dispatch import Dispatch
from shared.webhooks.routes import webhooks_router
from shared.webhooks.sending import Send, Sender
from tests.support.applications import PII_KEY, an_application, open_store, some_settings
from tests.support.event_stream import state_facts

PATH = "/v1/webhooks/orders"
LOCAL: dict[str, Any] = {"webhooks_http": True, "webhooks_private": True}
"""What tests allow: plain HTTP to this machine."""

PERSONAL = PersonalData(base64.b64decode(PII_KEY))
_SENDER = AddressRules(allows_http=True, allows_private=True)


class Received(NamedTuple):
    """A request as it arrived, before any parsing; names of headers in small letters."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


@dataclass
class Receiver:
    """Answers requests as told, 204 when nothing is; an answer of None never comes."""

    url: str = ""
    answers: deque[str | None] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    is_dead: bool = False

    def ids(self) -> list[str]:
        return [each.id for each in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = [line.partition(":") for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value.strip() for name, _, value in lines}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(headers, body))
            answer = self.answers.popleft() if self.answers else "204 No Content\r\n"
            if answer is None or self.is_dead:
                await reader.read()  # until the sender has had enough
            else:
                top, _, content = answer.partition("\r\n\r\n")
                writer.write(f"HTTP/1.1 {top.strip()}\r\n\r\n{content}".encode())
        finally:
            writer.close()


@asynccontextmanager
async def receiving(
    *, is_dead: bool = False, certificate: Path | None = None
) -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine; over TLS with a certificate and its key."""
    receiver = Receiver(is_dead=is_dead)
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    scheme = "http" if certificate is None else "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()


class Clock:
    """A clock that begins now and is moved by hand."""

    def __init__(self) -> None:
        self.moment = utc_now()

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **values: float) -> None:
        self.moment += timedelta(**values)


@asynccontextmanager
async def dispatching(
    database: Database, clock: Clock, *, send: Send | None = None, **settings: Any
) -> AsyncIterator[Dispatch]:
    """A dispatch of the orders service, that sends over HTTP unless told otherwise."""
    chosen = some_settings(database, **{"webhooks_jitter": 0, **settings})
    sender = Sender(_SENDER, timeout_seconds=chosen.webhooks_timeout_seconds)
    try:
        yield Dispatch(
            "orders", database, chosen, personal=PERSONAL, send=send or sender.send, now=clock
        )
    finally:
        await sender.close()


async def settle(dispatch: Dispatch) -> None:
    """Send all that is due at this moment of the clock, and note it."""
    is_busy = True
    while is_busy:
        async with asyncio.TaskGroup() as tasks:
            step = await dispatch.step(tasks)
        is_busy = bool(step.begun or step.has_more)


async def number(database: Database) -> None:
    """Give every stated event its number, as the relay does."""
    url = database.url.render_as_string(hide_password=False)
    connection = await connect_direct(url, name="numbering")
    try:
        ledger = await Ledger.lead(connection)
        assert ledger is not None
        await ledger.number([], 10_000)
    finally:
        await close_direct(connection)


async def happen(database: Database, *events: Event) -> None:
    """State events, and number them."""
    await state_facts(database, *events)
    await number(database)


@asynccontextmanager
async def webhooks_client(
    database: Database, *, scopes: Sequence[str] = ("admin",), **values: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the orders service and its webhooks; it knows the stores s1, s2 and s3."""
    for store_id in ("s1", "s2", "s3"):
        await open_store(database, store_id)
    routers = [webhooks_router("orders"), *SERVICE.routers]
    settings = {**LOCAL, **values.pop("settings", {})}
    async with an_application(
        "orders", database, routers, scopes=scopes, settings=settings, **values
    ) as client:
        yield client


async def post(client: httpx.AsyncClient, path: str, body: Any = None) -> httpx.Response:
    """Send a request under a key of its own."""
    post.count += 1  # type: ignore[attr-defined]
    key = {"Idempotency-Key": f"key-{post.count}"}  # type: ignore[attr-defined]
    return await client.post(PATH + path, json=body, headers=key)


post.count = 0  # type: ignore[attr-defined]


async def registered(client: httpx.AsyncClient, url: str, **values: Any) -> dict[str, Any]:
    """Register an endpoint; return it with its secret."""
    answer = await post(client, "", {"url": url, **values})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shown(client: httpx.AsyncClient, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return an endpoint as it is now."""
    found: dict[str, Any] = (await client.get(f"{PATH}/{endpoint['endpoint_id']}")).json()
    return found


async def deliveries(
    client: httpx.AsyncClient, endpoint: dict[str, Any], query: str = ""
) -> list[dict[str, Any]]:
    """Return the log of an endpoint, newest first."""
    answer = await client.get(f"{PATH}/{endpoint['endpoint_id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found
