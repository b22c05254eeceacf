"""A service's roles start, stop and fail together."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from shared.command_line import ROLES
from shared.contracts.orders import OrderDelivered
from shared.db.engine import Database
from shared.kafka.ports import Source
from shared.log.appliers import Handlers
from shared.log.reader import Subscription
from shared.runtime import (
    DrainTimeoutError,
    RoleEndedError,
    Service,
    _run_all,
    serve,
)
from shared.settings import ServiceSettings
from shared.web.serving import CannotListenError
from shopfleet.local.ports import free_port
from tests.support.applications import INTERNAL_SECRET, some_settings
from tests.support.broker import MemoryBroker
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually

NOTES = Service(name="orders", settings=ServiceSettings)


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@asynccontextmanager
async def serving(
    database: Database, service: Service = NOTES, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A service with its roles in this process; told to stop at the end."""
    port = free_port(None)
    settings = some_settings(database, port=port, database_pool=8, drain_seconds=8)
    stop = asyncio.Event()
    roles = options.pop("roles", ROLES)
    broker = options.pop("broker", None) or MemoryBroker()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(service, settings, roles=roles, stop=stop, broker=broker))
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {INTERNAL_SECRET}"},
            trust_env=False,
        ) as client:
            await eventually(lambda: answers(client, "/livez"))
            yield client
        stop.set()


async def answers(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).status_code == 200
    except httpx.TransportError:
        return False


async def test_all_roles_run_in_one_process_and_stop(database: Database) -> None:
    async with serving(database) as client:
        await eventually(lambda: answers(client, "/readyz"))
        heads = await client.get("/v1/feeds/orders/heads")

        assert heads.status_code == 200
        metrics = (await client.get("/metrics")).text
        assert 'relay_leads{owner="orders"}' in metrics


async def test_a_process_without_the_api_still_tells_how_it_is(database: Database) -> None:
    async with serving(database, roles=["relay"]) as client:
        heads = await client.get("/v1/feeds/orders/heads")

        assert heads.status_code == 404


async def test_a_consumer_is_ready_when_it_has_partitions(database: Database) -> None:
    broker = MemoryBroker()
    subscription = Subscription("notes", ("orders",), Handlers({OrderDelivered: ignore}))
    service = Service(name="orders", settings=ServiceSettings, subscriptions=(subscription,))

    async with serving(database, service, roles=["consumer"], broker=broker) as client:
        unready = await client.get("/readyz")

        assert unready.status_code == 503
        assert unready.json()["lacks"] == ["reader notes"]


async def ignore(*_: object) -> None:
    """Do nothing with an event."""


class BrokenBroker(MemoryBroker):
    async def source(self, group: str, topics: Any, **_: Any) -> Source:  # type: ignore[override]
        raise ZeroDivisionError(group, topics)


async def test_a_crashed_role_ends_the_process(database: Database) -> None:
    subscription = Subscription("notes", ("orders",), Handlers({OrderDelivered: ignore}))
    service = Service(name="orders", settings=ServiceSettings, subscriptions=(subscription,))
    settings = some_settings(database, port=free_port(None))

    with pytest.raises(ExceptionGroup) as crashed:
        async with asyncio.timeout(20):
            await serve(
                service,
                settings,
                roles=ROLES,
                stop=asyncio.Event(),
                broker=BrokenBroker(),
            )

    assert crashed.group_contains(ZeroDivisionError)


class Deaf:
    """A role that does not hear the stop."""

    async def run(self, stop: asyncio.Event) -> None:
        del stop
        await asyncio.Event().wait()


class Brief:
    """A role that ends by itself."""

    async def run(self, stop: asyncio.Event) -> None:
        del stop


async def test_a_stop_has_a_deadline() -> None:
    stop = asyncio.Event()
    stop.set()

    with pytest.raises(DrainTimeoutError):
        await _run_all([Deaf()], stop, 0.1)


async def test_a_role_that_ends_by_itself_ends_the_others() -> None:
    with pytest.raises(ExceptionGroup) as ended:
        await _run_all([Brief(), Deaf()], asyncio.Event(), 1)

    assert ended.group_contains(RoleEndedError)


PROGRAM = """
from shared.runtime import Service, run_service
from shared.settings import ServiceSettings
run_service(Service(name="orders", settings=ServiceSettings))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_process_in_time(database: Database, number: int) -> None:
    port = free_port(None)
    environment = {
        **os.environ,
        "SHOPFLEET_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "SHOPFLEET_INTERNAL_SECRET": INTERNAL_SECRET,
        "SHOPFLEET_KAFKA": "127.0.0.1:9",
        "SHOPFLEET_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False
        ) as client:
            await eventually(lambda: answers(client, "/readyz"), within_seconds=90)

        process.send_signal(number)

        async with asyncio.timeout(15):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_taken_port_ends_the_process_in_order(database: Database) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = some_settings(database, port=taken.getsockname()[1])
        serving = serve(NOTES, settings, roles=ROLES, stop=asyncio.Event(), broker=MemoryBroker())

        with pytest.raises(ExceptionGroup) as raised:
            await serving

    assert raised.group_contains(CannotListenError)
