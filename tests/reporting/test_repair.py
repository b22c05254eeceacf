"""A store is made again from its owner's log: exactly, while events arrive, each counted once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.reporting import tables
from services.reporting.repository.repairs import Outcome
from shared.log import feed as owners_feed
from shared.web.dead_letters import dead_letters_router
from tests.reporting.facts import a_case, an_order
from tests.reporting.repairing import (
    MOMENT,
    SOME_TABLES,
    TABLES,
    HookedFeed,
    Squeamish,
    damage_to,
    repair,
    replay_all,
    some_orders,
)
from tests.reporting.test_apply import recomputed, rows_of
from tests.support.applications import an_application
from tests.support.retelling import Retelling


def test_every_table_is_a_figure_or_known_to_be_none() -> None:
    kept = {"store_version", "digest_line", "digest_heard", "figure_repair", "figure_rebuild"}

    assert {table.name for table in tables.FIGURES} == set(TABLES)
    assert set(tables.METADATA.tables) == set(TABLES) | kept


@pytest.mark.parametrize("table", SOME_TABLES)
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM {table} WHERE store_id = 'tokyo'",
        "UPDATE {table} SET {first} = {first} + 7, {second} = 0 WHERE store_id = 'tokyo'",
        "UPDATE {table} SET store_id = 'tokyo' WHERE store_id = 'india'",
    ],
)
async def test_what_is_damaged_becomes_what_it_was(
    retold: Retelling, table: str, damage: str
) -> None:
    events = some_orders()
    strange = an_order("india", 99, placed_at=MOMENT + timedelta(days=90))
    back = a_case(strange[0], MOMENT + timedelta(days=91))
    await retold.happen([*events, *strange, back])
    await retold.damage(damage_to(table, damage))

    ((_, outcome, changed),) = await repair(retold, "tokyo")

    expected = recomputed(events)
    held = await rows_of(retold.reporting)
    assert outcome == Outcome.REPAIRED
    assert changed
    for name in TABLES:
        for store in ("tokyo", "york"):
            assert of_store(held, name, store) == of_store(expected, name, store), name


def of_store(rows: dict[str, list[Any]], table: str, store_id: str) -> list[Any]:
    return [row for row in rows[table] if row[0] == store_id]


async def test_other_stores_are_left_alone_and_several_are_made_in_one_reading(
    retold: Retelling,
) -> None:
    events = some_orders()
    await retold.happen(events)
    await retold.damage("DELETE FROM store_hour", "DELETE FROM store_day")

    await repair(retold, "york")
    after_one = await rows_of(retold.reporting)
    pages = retold.feed.pages
    outcomes = await repair(retold, "york", "tokyo")

    assert {row[0] for row in after_one["store_hour"]} == {"york"}
    assert [(store, outcome) for store, outcome, _ in outcomes] == [
        ("york", Outcome.UNCHANGED),
        ("tokyo", Outcome.REPAIRED),
    ]
    assert retold.feed.pages - pages <= 12
    assert await rows_of(retold.reporting) == recomputed(events)


@pytest.mark.parametrize("near", [0, 8])  # the rest is read before the reader waits, and after
async def test_an_event_of_the_same_bucket_that_arrives_meanwhile_counts_once(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr("services.reporting.repair.remaking.NEAR_EVENTS", near)
    events, more = some_orders(), some_orders(first=1_001, count=3)
    assert len(events) > 8 >= len(more)
    await retold.happen(events)
    await retold.damage("DELETE FROM store_day", "UPDATE store_hour SET orders_placed = 5")

    feed = HookedFeed(retold.orders, lambda: retold.happen(more))
    await repair(retold, "tokyo", "york", feed=feed)

    assert await rows_of(retold.reporting) == recomputed([*events, *more])


async def test_the_reader_waits_for_the_cut_and_goes_on(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reporting.repair.remaking.NEAR_EVENTS", 10_000)  # all is near
    events, more = some_orders(), some_orders(first=1_001)
    await retold.happen(events)
    await retold.tell(more)
    await retold.damage("DELETE FROM store_day")
    reading: list[asyncio.Task[None]] = []

    async def read_beside() -> None:
        reading.append(asyncio.ensure_future(retold.read()))
        await asyncio.sleep(0.3)
        assert not reading[0].done()

    await repair(retold, "tokyo", "york", feed=HookedFeed(retold.orders, read_beside))
    await reading[0]

    assert await rows_of(retold.reporting) == recomputed([*events, *more])


async def test_events_go_on_arriving_through_repair_after_repair(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owners_feed, "PAGE_EVENTS", 3)
    events = some_orders()
    await retold.happen(events)

    async def go_on() -> None:
        for number in range(20):
            more = some_orders(first=100 * (number + 1), count=3)
            events.extend(more)
            await retold.happen(more)

    arriving = asyncio.ensure_future(go_on())
    for table in SOME_TABLES:
        await retold.damage(damage_to(table, "DELETE FROM {table} WHERE {first} > 0"))
        for _, outcome, _ in await repair(retold, "tokyo", "york"):
            assert outcome in {Outcome.REPAIRED, Outcome.UNCHANGED}
    await arriving
    await repair(retold, "tokyo", "york")

    assert await rows_of(retold.reporting) == recomputed(events)


async def test_an_event_that_is_late_is_not_counted_before_it_is_read(retold: Retelling) -> None:
    events, late = some_orders(), some_orders(first=1_001)
    await retold.happen(events)
    await retold.tell(late)
    await retold.damage("DELETE FROM region_day")

    await repair(retold, "tokyo", "york")
    before = await rows_of(retold.reporting)
    await retold.read()

    assert before == recomputed(events)
    assert await rows_of(retold.reporting) == recomputed([*events, *late])


async def test_what_is_parked_is_left_out_until_it_is_replayed(retold: Retelling) -> None:
    events = some_orders()
    await retold.tell(events)
    await retold.read(retold.a_reader(Squeamish()))
    await retold.damage("DELETE FROM store_day")

    await repair(retold, "tokyo", "york")
    without = await rows_of(retold.reporting)
    await replay_all(retold)
    await repair(retold, "tokyo", "york")

    assert without == recomputed([event for event in events if event.key() != "o2"])
    assert await rows_of(retold.reporting) == recomputed(events)


async def test_what_is_replayed_between_reading_and_writing_counts_once(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reporting.repair.remaking.NEAR_EVENTS", 0)
    events = some_orders()
    await retold.tell(events)
    await retold.read(retold.a_reader(Squeamish()))
    await retold.damage("DELETE FROM store_day")

    feed = HookedFeed(retold.orders, lambda: replay_all(retold))
    await repair(retold, "tokyo", "york", feed=feed)

    assert await rows_of(retold.reporting) == recomputed(events)


async def test_what_was_given_up_does_not_come_back(retold: Retelling) -> None:
    events = some_orders()
    await retold.tell(events)
    await retold.read(retold.a_reader(Squeamish()))
    router = dead_letters_router("reporting")
    async with an_application("reporting", retold.reporting, (router,)) as client:
        path = "/v1/dead-letters/reporting"
        for letter in (await client.get(path)).json()["items"]:
            assert (await client.post(f"{path}/{letter['id']}/discard")).status_code == 200

    outcomes = await repair(retold, "tokyo", "york")

    assert {outcome for _, outcome, _ in outcomes} == {Outcome.UNCHANGED}
    assert await rows_of(retold.reporting) == recomputed(
        [event for event in events if event.key() != "o2"]
    )
