"""From an owner's commit to an answer: relay, broker, reader, figures, completeness."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from services.reporting.app import SERVICE
from services.reporting.planner.standing import READER
from services.reporting.projections.discarding import discard_figures
from services.reporting.routes import figures
from shared.db.engine import Database
from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.log.passing import Passing
from shared.log.reader import Reader, Subscription
from shared.log.relay_role import RelayRole
from shared.log.restoring import begin_again, renew_identity
from tests.reporting.facts import a_refund, an_order
from tests.reporting.lives import STORES
from tests.support.applications import an_application, open_store
from tests.support.databases import Databases, database_for
from tests.support.event_stream import DirectFeed, state_facts
from tests.support.eventually import eventually
from tests.support.running import running_roles

OWNER = "orders"
MIDDLE = STORES["tokyo"][2]
ARRIVAL_SECONDS = 60.0


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[Database]:
    """An owner whose log is its own: copies of one template share its id, and tests the topic."""
    async with database_for(databases, "orders") as database:
        async with database.transaction() as session:
            await session.execute(text("UPDATE log_identity SET log_id = gen_random_uuid()"))
        yield database


@pytest.fixture
async def reading(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "reporting") as database:
        await open_store(database, "tokyo", timezone="Asia/Tokyo", currency="JPY")
        yield database


def the_subscription() -> Subscription:
    (found,) = (each for each in SERVICE.subscriptions if each.reader == READER)
    return found


@asynccontextmanager
async def running(owner: Database, reading: Database, bootstrap: str) -> AsyncIterator[None]:
    broker = KafkaCluster(KafkaAccess(bootstrap=bootstrap, client="reading-test"))
    roles = (
        RelayRole(OWNER, owner, broker),
        Reader(the_subscription(), reading, broker, DirectFeed(owner)),
        Passing(READER, (OWNER,), reading, broker),
    )
    async with running_roles(*roles):
        yield


async def of_the_day(client: httpx.AsyncClient) -> dict[str, Any]:
    parameters = {"from": "2024-06-18", "to": "2024-06-19", "stores": "tokyo"}
    found: dict[str, Any] = (await client.get("/v1/kpis", params=parameters)).json()
    return found


async def test_what_an_owner_commits_is_answered_and_complete(
    owner: Database, reading: Database, kafka: str
) -> None:
    sold = an_order("tokyo", 1)
    await state_facts(owner, *sold, *an_order("tokyo", 2))
    await state_facts(owner, a_refund(sold[1], MIDDLE + timedelta(hours=1), 300))

    async with (
        running(owner, reading, kafka),
        an_application("reporting", reading, [figures.router]) as client,
    ):

        async def is_complete() -> dict[str, Any] | None:
            found = await of_the_day(client)
            return found if found["complete"] else None

        found = await eventually(is_complete, within_seconds=ARRIVAL_SECONDS)

    assert found is not None
    values = found["rows"][0]["values"]
    assert values["orders_paid"]["value"] == 2
    assert values["net_amount"]["value"] == "19700"
    assert found["as_of"] is not None


async def test_a_new_log_is_counted_from_its_first_event_and_nothing_twice(
    owner: Database, reading: Database, kafka: str
) -> None:
    await state_facts(owner, *an_order("tokyo", 1))

    async with an_application("reporting", reading, [figures.router]) as client:

        async def paid_if_complete() -> int | None:
            found = await of_the_day(client)
            rows = found["rows"] if found["complete"] else []
            return rows[0]["values"]["orders_paid"]["value"] if rows else None

        async def is_two() -> bool:
            return await paid_if_complete() == 2

        async with running(owner, reading, kafka):
            assert await eventually(paid_if_complete, within_seconds=ARRIVAL_SECONDS) == 1
        async with owner.transaction() as session:
            await renew_identity(session)
        await state_facts(owner, *an_order("tokyo", 2))
        async with running(owner, reading, kafka):
            async with reading.transaction() as session:
                await begin_again(session, READER, discard_figures)
            assert await paid_if_complete() is None
            await eventually(is_two, within_seconds=ARRIVAL_SECONDS)


async def test_an_event_that_can_t_be_counted_is_parked_and_the_others_count(
    owner: Database, reading: Database, kafka: str
) -> None:
    strange = [
        msgspec.structs.replace(event, timezone="Mars/Base") for event in an_order("tokyo", 1)
    ]
    await state_facts(owner, *strange, *an_order("tokyo", 2))

    async with (
        running(owner, reading, kafka),
        an_application("reporting", reading, [figures.router]) as client,
    ):

        async def is_read() -> dict[str, Any] | None:
            found = await of_the_day(client)
            return found if found["as_of"] is not None and found["parked"] else None

        found = await eventually(is_read, within_seconds=ARRIVAL_SECONDS)

    assert found is not None
    assert found["rows"][0]["values"]["orders_paid"]["value"] == 1
    assert (found["parked"], found["complete"]) == (2, False)
