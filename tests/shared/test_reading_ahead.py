"""A reader prepares the next batch while it commits one; what is in doubt is dropped."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import CloudEvent, Event
from shared.log import reader
from shared.log.positions import GuardLostError
from tests.support.event_stream import Effects, PreparedEffects, effects_of
from tests.support.log_stage import Stage
from tests.support.log_world import Variant, World


class Picky(PreparedEffects):
    """Cannot prepare the second fact."""

    def prepare(
        self, events: Sequence[CloudEvent[Event]], former: list[CloudEvent[Event]] | None
    ) -> list[CloudEvent[Event]]:
        if any(event.data.external_id == "2" for event in events):  # type: ignore[attr-defined]
            raise ValueError("not this one")
        return super().prepare(events, former)

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        self.prepare(events, None)
        await super().apply(session, events)


class Clumsy(PreparedEffects):
    """Prepares what the database refuses."""

    async def apply_prepared(
        self, session: AsyncSession, prepared: Sequence[CloudEvent[Event]]
    ) -> None:
        await super().apply_prepared(session, prepared)
        await session.execute(text("SELECT 1 / 0"))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """One record a batch, each with the next prepared beside it."""
    monkeypatch.setattr(reader, "AHEAD_EVENTS", 1)
    monkeypatch.setattr(reader, "FETCH_SLICE", 1)
    monkeypatch.setattr(reader, "FETCH_RECORDS", 1)


@pytest.fixture
async def world(log_stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    applier: type[Effects] = getattr(request, "param", PreparedEffects)
    world = World(log_stage.owner, log_stage.reading, variant=Variant(applier=applier))
    await world.begin(log_stage.admin)
    yield world
    await world.end()


async def write_and_publish(world: World, count: int) -> None:
    for _ in range(count):
        await world.write("a")
    await world.pump()


async def test_the_next_batch_is_ready_when_one_is_committed(world: World) -> None:
    await write_and_publish(world, 3)

    await world.read()

    ahead = world.readers[0]._ahead
    assert ahead is not None
    assert (ahead.accepted, len(ahead.prepared)) == (1, 1)  # type: ignore[arg-type]
    assert await effects_of(world.reading) == {"a": [1]}


async def test_all_arrives_once(world: World) -> None:
    await write_and_publish(world, 5)

    for _ in range(7):
        await world.read()

    assert await effects_of(world.reading) == {"a": [1, 2, 3, 4, 5]}
    assert world.readers[0]._ahead is None


async def test_what_is_ready_is_dropped_when_another_reader_was_faster(world: World) -> None:
    await world.read(0)
    await world.read(1)
    await write_and_publish(world, 5)
    await world.read(0)
    for _ in range(7):
        await world.read(1)

    with pytest.raises(GuardLostError):
        await world.readers[0].step()
    world.readers[0]._generation = -1
    await write_and_publish(world, 1)
    for _ in range(3):
        await world.read(0)

    assert await effects_of(world.reading) == dict(world.committed)


async def test_what_is_ready_is_dropped_when_partitions_are_dealt_anew(world: World) -> None:
    await world.read(0)
    await world.read(1)
    await write_and_publish(world, 3)
    await world.read(0)
    for _ in range(5):
        await world.read(1)
    world.readers[0]._generation = -1

    accepted = await world.readers[0].step()  # would lose its guard

    assert accepted == 0
    assert await effects_of(world.reading) == {"a": [1, 2, 3]}


async def test_what_is_ready_is_dropped_when_the_batch_before_it_fails(world: World) -> None:
    await write_and_publish(world, 4)

    await world.read(crash_at="before the commit")
    for _ in range(6):
        await world.read()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_nothing_is_prepared_when_healing_is_due(world: World) -> None:
    await write_and_publish(world, 3)
    world.readers[0]._healed_at = -1.0

    await world.readers[0].step()

    assert world.readers[0]._ahead is None
    assert await effects_of(world.reading) == {"a": [1]}


@pytest.mark.parametrize("world", [Picky], indirect=True)
async def test_an_event_that_cannot_be_prepared_is_parked(world: World) -> None:
    await world.write("a", "b", "c")
    await world.pump()

    for _ in range(6):
        await world.read()

    assert await effects_of(world.reading) == {"a": [1], "c": [3]}
    async with world.reading.reading() as session:
        parked = await session.execute(text("SELECT key, reason FROM dead_letters"))
        assert [tuple(row) for row in parked] == [("b", "failed")]


@pytest.mark.parametrize("world", [Picky], indirect=True)
async def test_what_is_prepared_waits_behind_a_parked_event_of_its_key(world: World) -> None:
    await write_and_publish(world, 3)

    for _ in range(6):
        await world.read()

    assert await effects_of(world.reading) == {"a": [1]}
    async with world.reading.reading() as session:
        parked = await session.execute(text("SELECT sequence, reason FROM dead_letters ORDER BY 1"))
        assert [tuple(row) for row in parked] == [(2, "failed"), (3, "held")]


@pytest.mark.parametrize("world", [Clumsy], indirect=True)
async def test_events_are_applied_one_by_one_when_what_was_prepared_cannot_be(
    world: World,
) -> None:
    await write_and_publish(world, 2)

    for _ in range(4):
        await world.read()

    assert await effects_of(world.reading) == {"a": [1, 2]}
