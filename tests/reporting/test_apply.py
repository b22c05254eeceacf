"""Batches written to PostgreSQL, in any cut and order, leave the rows of one recomputation."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.reporting import tables
from services.reporting.projections.apply import MAX_NOTE, note_of
from services.reporting.projections.fold import fold
from services.reporting.projections.hearing import Hearing
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.db.migrations import check_migrations
from tests.reporting.clearing import clear
from tests.reporting.lives import enveloped, histories
from tests.support.eventually import eventually

SUBJECTS = (
    tables.STORE_HOUR,
    tables.STORE_DAY,
    tables.SKU_DAY,
    tables.REGION_DAY,
    tables.BRIDGE_DAY,
    tables.HANDLING_HOUR,
    tables.HANDLING_DAY,
    tables.REASON_DAY,
    tables.RETURN_DAY,
)
on_database = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def apply(database: Database, events: Sequence[Event]) -> None:
    async with database.transaction() as session:
        await Hearing().apply(session, [enveloped(event) for event in events])


async def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    async with database.reading() as session:
        found = {
            table.name: sorted(tuple(row) for row in await session.execute(table.select()))
            for table in SUBJECTS
        }
        buyers = await session.execute(
            text(
                "SELECT store_id, business_date, replace(buyer::text, '-', ''), sum(orders_paid),"
                " sum(paid_minor), sum(orders_paid_by_order), sum(paid_minor_by_order)"
                " FROM buyer_store GROUP BY 1, 2, 3"
            )
        )
        found["buyer_store"] = sorted(tuple(row) for row in buyers)
    return found


def recomputed(events: Sequence[Event]) -> dict[str, list[tuple[Any, ...]]]:
    sums = fold([enveloped(event) for event in events])
    return {
        "store_hour": sorted((s, b.hour, b.day, *row) for (s, b), row in sums.hours.items()),
        "store_day": sorted((*key, *row) for key, row in sums.days().items()),
        "sku_day": sorted((*key, *row) for key, row in sums.skus.items()),
        "region_day": sorted((*key, *row) for key, row in sums.regions.items()),
        "bridge_day": sorted((*key, *row) for key, row in sums.bridge.items()),
        "handling_hour": sorted((s, b.hour, b.day, *row) for (s, b), row in sums.handling.items()),
        "handling_day": sorted((*key, *row) for key, row in sums.handling_days().items()),
        "reason_day": sorted((*key, *row) for key, row in sums.reasons.items()),
        "return_day": sorted((*key, *row) for key, row in sums.returns.items()),
        "buyer_store": sorted((*key, *row) for key, row in sums.buyers.items()),
    }


@pytest.fixture
async def database(reporting_database: Database) -> Database:
    await clear(reporting_database)
    return reporting_database


@on_database
@given(events=histories(), data=st.data())
async def test_rows_are_those_of_one_recomputation(
    reporting_database: Database, events: list[Event], data: st.DataObject
) -> None:
    await clear(reporting_database)
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))

    for first, last in zip([0, *cuts], [*cuts, len(events)], strict=True):
        await apply(reporting_database, shuffled[first:last])

    assert await rows_of(reporting_database) == recomputed(events)


@on_database
@given(events=histories())
async def test_a_batch_that_rolls_back_leaves_nothing(
    reporting_database: Database, events: list[Event]
) -> None:
    await clear(reporting_database)

    with contextlib.suppress(ZeroDivisionError):
        async with reporting_database.transaction() as session:
            await Hearing().apply(session, [enveloped(event) for event in events])
            raise ZeroDivisionError

    assert not any((await rows_of(reporting_database)).values())


async def test_stores_that_changed_are_notified_once_per_batch(database: Database) -> None:
    heard: list[str] = []
    events = _two_orders()
    async with database.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.add_listener("reporting_changed", lambda *note: heard.append(note[3]))
        await apply(database, events)
        await apply(database, [])
        await apply(database, events)
        await eventually(lambda: len(heard) == 2)
        await raw.reset()

    assert [json.loads(note) for note in heard] == [["india", "tokyo"], ["india", "tokyo"]]
    async with database.reading() as session:
        versions = await session.execute(tables.STORE_VERSION.select())
        assert sorted(tuple(row) for row in versions) == [("india", 2), ("tokyo", 2)]


async def test_two_readers_of_the_same_stores_do_not_deadlock(database: Database) -> None:
    events = _two_orders()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(apply(database, events))
            group.create_task(apply(database, events[::-1]))

    days = (await rows_of(database))["store_day"]
    assert [row[2] for row in days] == [8, 8]


def test_a_note_names_the_stores_or_all() -> None:
    few, many = note_of(["a", "b"]), note_of([f"store-{n}" for n in range(2000)])

    assert json.loads(few) == ["a", "b"]
    assert many == "*"
    assert len(note_of(["店" * 300])) <= MAX_NOTE


async def test_tables_and_migrations_agree(reporting_database: Database) -> None:
    async with reporting_database.connect() as connection:
        await connection.run_sync(check)


def check(connection: Any) -> None:
    check_migrations(connection, "reporting", tables.METADATA)


def _two_orders() -> list[Event]:
    from tests.reporting.facts import an_order

    return [*an_order("india", 1), *an_order("tokyo", 2)]
