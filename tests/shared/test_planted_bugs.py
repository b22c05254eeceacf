"""Each bug that protocol.md warns of is planted, and caught; the real code passes the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared.log import taking, writer
from shared.log.acceptance import OwnerPart
from shared.log.dead_letters import list_dead_letters, replay
from shared.log.trim import make_months, trim
from shared.log.writer import partition_of
from tests.support import planted
from tests.support.databases import Databases
from tests.support.event_stream import OWNER, Effects, apply_fact, effects_of, fact
from tests.support.log_stage import Stage
from tests.support.log_world import READER, TOPIC, Variant, ViolationError, World

Scenario = Callable[[World], Awaitable[None]]
PART = OwnerPart(OWNER, partition_of("a"))
CAUGHT = pytest.raises(ViolationError)


@pytest.fixture(scope="module")
async def stage(databases: Databases, postgres: str) -> AsyncIterator[Stage]:
    made = Stage(await databases.create("orders"), await databases.create("reporting"), postgres)
    await made.open()
    yield made
    await made.close()


async def play(
    stage: Stage, scenario: Scenario, variant: Variant | None = None, *, has_feed: bool = True
) -> None:
    world = World(stage.owner, stage.reading, has_feed=has_feed, variant=variant or Variant())
    await world.begin(stage.admin)
    try:
        await scenario(world)
        await world.verify()
        await world.settle()
    finally:
        await world.end()


async def crash_in_the_middle(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    await world.read(crash_at="between")
    await world.read(crash_at="before the commit")


async def lost_acknowledgement(world: World) -> None:
    await world.write("a", "a")
    await world.relay_step("number")
    world.broker.lose_next_ack()
    await world.relay_step("publish")
    await world.pump()
    await world.read()


async def two_readers(world: World) -> None:
    await world.read(0)
    await world.read(1)
    await world.write("a", "a")
    await world.pump()
    await world.read(0)
    await world.read(1)


async def sole_survivor(world: World) -> None:
    await two_readers(world)
    await world.write("a")
    world.readers[0].stopped = "killed"


async def refusal_in_the_middle(world: World) -> None:
    for _ in range(3):
        await world.write("a")
        await world.relay_step("number")
    world.broker.refuse_next(PART.partition)
    await world.relay_step("publish")
    await world.pump()
    await world.relay_step("save_marks")


async def wiped_before_it_was_read(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    await world.relay_step("save_marks")
    world.broker.wipe(TOPIC)
    await world.write("a")


async def late_commit(world: World) -> None:
    """One draws its id, another changes the key and commits, then the one commits."""
    if not world.variant.states_before_lock:
        await world.write("a", "a")  # the second cannot even begin before the first has ended
    else:
        await world.open_write("a")
        first = next(iter(world.open_writes))
        await world.open_write("a")
        second = next(name for name in world.open_writes if name != first)
        await world.commit(second)
        await world.commit(first)
    await world.pump()
    await world.read()


async def numbers_before_the_commit(world: World) -> None:
    await world.open_write("a")
    await world.write("b")
    await world.relay_step("number")
    await world.read()
    await world.commit("a")
    await world.pump()
    await world.read()


@pytest.mark.parametrize(
    ("scenario", "variant", "has_feed"),
    [
        pytest.param(
            crash_in_the_middle,
            Variant(taker=planted.PositionsBeforeEffects),
            True,
            id="positions before effects",
        ),
        pytest.param(
            crash_in_the_middle,
            Variant(taker=planted.EffectsBeforePositions),
            True,
            id="effects before positions",
        ),
        pytest.param(sole_survivor, Variant(loser_stops=True), True, id="guard's loser stops"),
        pytest.param(
            refusal_in_the_middle,
            Variant(relay=planted.SkipsOnError),
            False,
            id="relay skips on error",
        ),
        pytest.param(
            refusal_in_the_middle,
            Variant(relay=planted.MarkIsHighestAck),
            False,
            id="mark is the highest acknowledgement",
        ),
        pytest.param(
            wiped_before_it_was_read, Variant(relay=planted.IgnoresWipe), False, id="wipe ignored"
        ),
        pytest.param(late_commit, Variant(states_before_lock=True), True, id="id before lock"),
    ],
)
async def test_a_planted_part_is_caught(
    stage: Stage, scenario: Scenario, variant: Variant, *, has_feed: bool
) -> None:
    await play(stage, scenario, has_feed=has_feed)

    with CAUGHT:
        await play(stage, scenario, variant, has_feed=has_feed)


async def test_no_sequence_check_is_caught(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await play(stage, lost_acknowledgement)

    monkeypatch.setattr(taking, "accept", planted.accept_any_sequence)

    with CAUGHT:
        await play(stage, lost_acknowledgement)


async def test_no_owner_guard_is_caught(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await play(stage, two_readers)

    monkeypatch.setattr(taking, "move_positions", planted.move_without_guard)

    with CAUGHT:
        await play(stage, two_readers)


async def test_a_live_partition_count_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def grow(world: World) -> None:
        count = 12
        if world.variant.taker is planted.CachesHolds:  # the mark of the planted run

            def live(_: str) -> int:
                return count

            monkeypatch.setattr(writer, "partition_of", live)
            count = 11
        await world.write("a")
        count = 3
        await world.write("a")
        await world.pump()
        await world.read()

    await play(stage, grow)

    with CAUGHT:
        await play(stage, grow, Variant(taker=planted.CachesHolds))


async def test_lost_numbering_is_caught(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.support.log_world.fact", lambda key, number: on_one_partition(key, number)
    )
    monkeypatch.setattr(writer, "partition_of", lambda _: 0)
    await play(stage, numbers_before_the_commit)

    with CAUGHT:
        await play(stage, numbers_before_the_commit, Variant(relay=planted.LosesNumbering))


def on_one_partition(key: str, number: int) -> object:
    return fact(key, number)


class Picky(Effects):
    """Fails at the numbers it is told, until it is told no more."""

    def __init__(self) -> None:
        self.refused: set[int] = set()

    async def apply(self, session: object, events: object) -> None:
        if any(int(event.data.external_id) in self.refused for event in events):  # type: ignore[attr-defined]
            raise ValueError("poison")
        await super().apply(session, events)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_planted", [False, True])
async def test_a_cached_hold_is_caught(stage: Stage, *, is_planted: bool) -> None:
    picky = Picky()

    async def poison(world: World) -> None:
        reader = world.readers[0]
        taker_class = planted.CachesHolds if is_planted else world.variant.taker
        reader.taker = taker_class(READER, world.reading, picky)
        await world.write("a")
        picky.refused = set(world.committed["a"])
        await world.pump()
        await world.read()
        await world.write("a")
        await world.pump()
        if isinstance(reader.taker, planted.CachesHolds):
            await reader.taker.look()
        picky.refused = set()
        async with world.reading.transaction() as session:
            (letter,) = await list_dead_letters(session)
            await replay(session, picky, letter.id)
        await world.read()
        await world.write("a")
        await world.pump()
        await world.read()

    if is_planted:
        with CAUGHT:
            await play(stage, poison)
    else:
        await play(stage, poison)


async def test_replay_by_key_is_caught(stage: Stage) -> None:
    picky = Picky()

    async def poison(world: World) -> None:
        reader = world.readers[0]
        reader.taker = world.variant.taker(READER, world.reading, picky)
        await world.write("a")
        picky.refused = set(world.committed["a"])
        await world.pump()
        await world.read()
        await world.write("a")
        await world.pump()
        async with world.reading.transaction() as session:
            (letter,) = await list_dead_letters(session)
            picky.refused = set()
            await planted.replay_by_key(session, picky, letter.id, world.read)

    with CAUGHT:
        await play(stage, poison)


@pytest.mark.parametrize("trims_by_mark", [False, True])
async def test_trim_by_the_mark_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, trims_by_mark: bool
) -> None:
    past = datetime(2025, 1, 15, tzinfo=UTC)
    now = past + timedelta(days=90)

    async def trimmed(world: World) -> None:
        async with world.owner.transaction() as session:
            await make_months(session, past - timedelta(days=31))
        monkeypatch.setattr(writer, "utc_now", lambda: past)
        await world.write("a")
        await world.pump()
        await world.relay_step("save_marks")
        await world.state_positions()
        for partition in range(12):
            world.broker.retain(TOPIC, partition, 0)
        async with world.owner.transaction() as session:
            if trims_by_mark:
                await session.execute(text("UPDATE log_readers SET next_sequence = 1000"))
            dropped = await trim(session, now)
        assert bool(dropped) == trims_by_mark

    if trims_by_mark:
        with CAUGHT:
            await play(stage, trimmed)
    else:
        await play(stage, trimmed)


async def test_the_effects_are_looked_at(stage: Stage) -> None:
    async def one(world: World) -> None:
        await world.write("a")
        await world.pump()
        await world.read()
        assert await effects_of(world.reading) == dict(world.committed)

    await play(stage, one)
    assert apply_fact is not None
