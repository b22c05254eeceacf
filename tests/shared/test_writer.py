"""Events enter the log with the rows they tell of, or not at all."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.contracts.catalogue import decode
from shared.db.direct import connect_direct
from shared.db.engine import Database
from shared.log.feed import read_page
from shared.log.ledger import Ledger
from shared.log.wire import received_at
from shared.log.writer import MAX_PAYLOAD, EventTooLargeError, partition_of, state
from shared.observability.trace import current_trace, new_traceparent
from tests.support.databases import Databases, database_for
from tests.support.event_stream import MOMENT, fact, state_facts


@pytest.fixture(scope="module")
async def made(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@pytest.fixture
async def database(databases: Databases, made: Database) -> Database:
    await databases.empty(made)
    return made


async def count(database: Database, table: str) -> int:
    async with database.reading() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_events_get_ids_in_the_order_they_are_stated(database: Database) -> None:
    ids = await state_facts(database, fact("a", 1), fact("b", 2), fact("a", 3))

    assert ids == sorted(ids)
    assert len(ids) == 3
    assert await count(database, "event_pending") == 3


async def test_a_rolled_back_transaction_leaves_no_event(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await state(session, fact("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await count(database, "event_log") == 0
    assert await count(database, "event_pending") == 0


async def test_an_event_over_the_limit_is_refused_when_it_is_stated(database: Database) -> None:
    with pytest.raises(EventTooLargeError):
        await state_facts(database, fact("a", province="x" * MAX_PAYLOAD))

    assert await count(database, "event_log") == 0


@pytest.mark.parametrize("statement", ["UPDATE event_log SET key = 'b'", "DELETE FROM event_log"])
async def test_what_was_stated_cannot_be_changed(database: Database, statement: str) -> None:
    await state_facts(database, fact("a"))

    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_stating_nothing_does_nothing(database: Database) -> None:
    assert await state_facts(database) == []


def test_a_key_stays_in_its_partition() -> None:
    assert partition_of("order-1") == partition_of("order-1")
    assert {partition_of(f"order-{number}") for number in range(200)} == set(range(12))


async def test_the_wire_holds_what_was_stated(database: Database) -> None:
    trace = new_traceparent()
    token = current_trace.set(trace)
    stated = fact("schlüssel \"'", 7, province='浙江 "省"\n')
    await state_facts(database, stated)
    current_trace.reset(token)

    ledger = await Ledger.lead(
        await connect_direct(database.url.render_as_string(hide_password=False), name="test")
    )
    assert ledger is not None
    await ledger.number([], 10)
    async with database.reading() as session:
        page = await read_page(session, "orders", partition_of(stated.order_id), after=0)
    await ledger.close()
    (wire,) = page.events
    event = decode(stated.type, wire)

    assert event.data == stated
    assert (event.sequence, event.subject, event.partitionkey) == ("1", stated.key(), stated.key())
    assert (event.logid, event.id.partition(":")[0]) == (str(page.log_id), str(page.log_id))
    assert (event.time, event.source, event.traceparent) == (MOMENT, "/shopfleet/orders", trace)
    assert event.receivedat == received_at(wire)
