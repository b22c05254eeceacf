"""All figures once more from the log: built beside the first, compared, swapped, counted once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from services.reporting.rebuild.working import Rebuilding
from services.reporting.repository.rebuilds import Rebuild, State
from services.reporting.routes.rebuilds import router
from shared.log import feed as owners_feed
from tests.reporting.rebuilding import begin, call, leftovers, look, newest, show, swap
from tests.reporting.repairing import (
    SOME_TABLES,
    HookedFeed,
    Squeamish,
    damage_to,
    replay_all,
    some_orders,
)
from tests.reporting.test_apply import check, recomputed, rows_of
from tests.support.applications import an_application
from tests.support.eventually import eventually
from tests.support.retelling import Retelling


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners_feed, "PAGE_EVENTS", 2)
    monkeypatch.setattr("services.reporting.rebuild.building.NEAR_EVENTS", 0)


async def test_what_is_rebuilt_is_equal_and_is_swapped(retold: Retelling) -> None:
    events = some_orders()
    await retold.happen(events)

    number = await begin(retold)
    begun = await show(retold, number)
    compared = await look(retold)
    told = await show(retold, number)
    swapped = await swap(retold, number)

    assert (begun["state"], begun["events_read"], begun["events"]) == ("building", 0, len(events))
    assert (told["state"], told["events_read"]) == ("compared", len(events))
    assert (compared.state, compared.rows_differing, compared.differences) == ("compared", 0, [])
    assert swapped.state == State.SWAPPED
    assert await rows_of(retold.reporting) == recomputed(events)


async def test_events_go_on_after_a_swap_and_tables_are_as_the_migrations_made_them(
    retold: Retelling,
) -> None:
    events, more = some_orders(), some_orders(first=1_001)
    await retold.happen(events)
    indexes = await index_names(retold)

    number = await begin(retold)
    await look(retold)
    await swap(retold, number)
    await retold.happen(more)

    assert await rows_of(retold.reporting) == recomputed([*events, *more])
    assert await index_names(retold) == indexes
    async with retold.reporting.connect() as connection:
        await connection.run_sync(check)


async def index_names(retold: Retelling) -> list[tuple[Any, ...]]:
    async with retold.reporting.reading() as session:
        found = await session.execute(
            text(
                "SELECT c.relname, c.reloptions, i.indexdef FROM pg_class c"
                " LEFT JOIN pg_indexes i ON i.tablename = c.relname AND i.schemaname = 'public'"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 3"
            )
        )
        return [tuple(row) for row in found]


@pytest.mark.parametrize("table", SOME_TABLES)
async def test_what_differs_is_shown_and_the_swap_mends_it(retold: Retelling, table: str) -> None:
    events = some_orders()
    await retold.happen(events)
    await retold.damage(damage_to(table, "UPDATE {table} SET {first} = {first} + 7"))

    number = await begin(retold)
    compared = await look(retold)
    refused = await call(retold, f"/{number}/swap")
    await swap(retold, number, accept=True)

    assert compared.differences is not None
    assert [found["table"] for found in compared.differences] == [table]
    assert compared.differences[0]["rows"] == len(recomputed(events)[table])
    assert refused.status_code in {409, 422}
    assert await rows_of(retold.reporting) == recomputed(events)


async def test_traffic_through_every_step_is_counted_once(
    retold: Retelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reporting.rebuild.building.NEAR_EVENTS", 20)
    events, rounds = some_orders(), 0
    await retold.happen(events)
    stop = asyncio.Event()

    async def go_on() -> None:
        nonlocal rounds
        while not stop.is_set():
            rounds += 1
            more = some_orders(first=100 * rounds, count=3)
            events.extend(more)
            await retold.happen(more)

    arriving = asyncio.ensure_future(go_on())
    number = await begin(retold)
    await until(retold, State.COMPARED)
    compared_at = rounds
    await eventually(lambda: rounds > compared_at + 1)
    await call(retold, f"/{number}/swap", accept_differences=False)
    await until(retold, State.SWAPPED)
    swapped_at = rounds
    await eventually(lambda: rounds > swapped_at + 1)
    stop.set()
    await arriving

    assert (await newest(retold)).rows_differing == 0
    assert await rows_of(retold.reporting) == recomputed(events)


async def until(retold: Retelling, state: State) -> None:
    async with asyncio.timeout(60):
        while (await newest(retold)).state != state:
            role = Rebuilding(retold.reporting, retold.feed)
            try:
                await role.look()
            except Exception as error:  # noqa: BLE001 - it must pass by itself
                assert "lock" in str(error)  # noqa: PT017 - the swap gives up to readers
            finally:
                await role._building.close()


async def test_a_builder_that_was_killed_is_followed_by_one_that_goes_on(
    retold: Retelling,
) -> None:
    events = some_orders(count=12)
    await retold.happen(events)
    await begin(retold)

    killed, pages = 0, []
    while (await newest(retold)).state == State.BUILDING:
        feed = HookedFeed(retold.orders, die, after=4)
        try:
            await look(retold, feed)
        except ConnectionAbortedError:
            killed += 1
        pages.append(feed.pages)

    assert killed >= 2
    assert max(pages) <= 5  # nobody began anew
    assert (await newest(retold)).rows_differing == 0
    await swap(retold, (await newest(retold)).id)
    assert await rows_of(retold.reporting) == recomputed(events)


async def die() -> None:
    raise ConnectionAbortedError


async def test_two_builders_at_once_do_it_once(retold: Retelling) -> None:
    events = some_orders(count=12)
    await retold.happen(events)
    await begin(retold)

    both = await asyncio.gather(look(retold), look(retold), return_exceptions=True)
    compared = await look(retold)

    assert any(isinstance(one, Rebuild) for one in both)
    assert compared.rows_differing == 0
    await swap(retold, compared.id)
    assert await rows_of(retold.reporting) == recomputed(events)


async def test_a_rebuild_that_is_dropped_leaves_nothing(retold: Retelling) -> None:
    events = some_orders()
    await retold.happen(events)
    number = await begin(retold)
    await look(retold)

    again = await call(retold)
    await call(retold, f"/{number}/drop")
    dropped = await look(retold)

    assert again.status_code == 409
    assert dropped.state == State.DROPPED
    assert await leftovers(retold) == ([], ["reporting"])
    assert await rows_of(retold.reporting) == recomputed(events)
    assert await begin(retold) != number


async def test_what_was_swapped_away_is_kept_until_it_is_dropped(retold: Retelling) -> None:
    await retold.happen(some_orders())
    number = await begin(retold)
    await look(retold)
    await swap(retold, number)

    kept = await leftovers(retold)
    await call(retold, f"/{number}/drop")

    assert kept == (["replaced"], ["reporting"])
    assert await leftovers(retold) == ([], ["reporting"])


async def test_a_trimmed_log_is_refused_and_says_so(retold: Retelling) -> None:
    await retold.happen(some_orders())
    async with retold.orders.transaction() as session:
        await session.execute(
            text("UPDATE log_lanes SET trimmed_sequence = 1 WHERE last_sequence > 0")
        )
    await begin(retold)

    failed = await look(retold)

    assert failed.state == State.FAILED
    assert "no longer begins at its first event" in str(failed.detail)
    assert await leftovers(retold) == ([], ["reporting"])


async def test_rebuilding_is_for_who_sees_all_stores(retold: Retelling) -> None:
    answers = []
    for scopes, stores in ((["admin"], ["tokyo"]), (["reports:read"], None)):
        async with an_application(
            "reporting", retold.reporting, (router,), scopes=scopes, stores=stores
        ) as client:
            answers.append(await client.post("/v1/rebuilds"))
            answers.append(await client.get("/v1/rebuilds"))

    assert {answer.status_code for answer in answers} == {403}


async def test_a_drop_is_heard_while_the_log_is_read(retold: Retelling) -> None:
    await retold.happen(some_orders(count=12))
    number = await begin(retold)

    async def drop() -> None:
        assert (await call(retold, f"/{number}/drop")).status_code == 202

    feed = HookedFeed(retold.orders, drop, after=2)
    building = await look(retold, feed)
    dropped = await look(retold)

    assert building.state == State.BUILDING
    assert feed.pages <= 3
    assert dropped.state == State.DROPPED


@pytest.mark.parametrize("replayed_at", ["building", "compared", "swapped"])
async def test_what_is_parked_is_counted_once_whenever_it_is_replayed(
    retold: Retelling, replayed_at: str
) -> None:
    events = some_orders()
    await retold.tell(events)
    await retold.read(retold.a_reader(Squeamish()))
    number = await begin(retold)

    if replayed_at == "building":
        feed = HookedFeed(retold.orders, lambda: replay_all(retold), after=3)
        compared = await look(retold, feed)
        assert feed._hook is None
    else:
        compared = await look(retold)
    if replayed_at == "compared":
        await replay_all(retold)
    await swap(retold, number)
    if replayed_at == "swapped":
        without = await rows_of(retold.reporting)
        assert without == recomputed([event for event in events if event.key() != "o2"])
        await replay_all(retold)

    assert compared.rows_differing == 0
    assert await rows_of(retold.reporting) == recomputed(events)
