"""Bugs planted in writer, relay and reader are caught; the real code passes the same."""

import pytest

from shared.log import taking, writer
from shared.log.acceptance import OwnerPart
from shared.log.writer import partition_of
from tests.support import planted
from tests.support.event_stream import OWNER
from tests.support.log_stage import Scenario, Stage, play
from tests.support.log_world import TOPIC, Variant, ViolationError, World

PART = OwnerPart(OWNER, partition_of("a"))
CAUGHT = pytest.raises(ViolationError)


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
    log_stage: Stage, scenario: Scenario, variant: Variant, *, has_feed: bool
) -> None:
    await play(log_stage, scenario, has_feed=has_feed)

    with CAUGHT:
        await play(log_stage, scenario, variant, has_feed=has_feed)


async def test_no_sequence_check_is_caught(
    log_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play(log_stage, lost_acknowledgement)

    monkeypatch.setattr(taking, "accept", planted.accept_any_sequence)

    with CAUGHT:
        await play(log_stage, lost_acknowledgement)


async def test_no_owner_guard_is_caught(log_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await play(log_stage, two_readers)

    monkeypatch.setattr(taking, "move_positions", planted.move_without_guard)

    with CAUGHT:
        await play(log_stage, two_readers)


@pytest.mark.parametrize("is_live", [False, True])
async def test_a_live_partition_count_is_caught(
    log_stage: Stage, monkeypatch: pytest.MonkeyPatch, *, is_live: bool
) -> None:
    async def grow(world: World) -> None:
        for partition in (11, 3):
            if is_live:
                monkeypatch.setattr(writer, "partition_of", lambda _, found=partition: found)
            await world.write("a")
        await world.pump()
        await world.read()

    if is_live:
        with CAUGHT:
            await play(log_stage, grow)
    else:
        await play(log_stage, grow)


async def test_lost_numbering_is_caught(log_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "partition_of", lambda _: 0)
    await play(log_stage, numbers_before_the_commit)

    with CAUGHT:
        await play(log_stage, numbers_before_the_commit, Variant(relay=planted.LosesNumbering))
