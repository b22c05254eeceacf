"""Bugs planted in parking, replay and trimming are caught; the real code passes the same."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared.log import writer
from shared.log.dead_letters import list_dead_letters, replay
from shared.log.trim import make_months, trim
from tests.support import planted
from tests.support.event_stream import Effects
from tests.support.log_stage import Stage, play
from tests.support.log_world import READER, TOPIC, ViolationError, World

CAUGHT = pytest.raises(ViolationError)


class Picky(Effects):
    """Fails at the numbers it is told, until it is told no more."""

    def __init__(self) -> None:
        self.refused: set[int] = set()

    async def apply(self, session: object, events: object) -> None:
        if any(int(event.data.external_id) in self.refused for event in events):  # type: ignore[attr-defined]
            raise ValueError("poison")
        await super().apply(session, events)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_planted", [False, True])
async def test_a_cached_hold_is_caught(log_stage: Stage, *, is_planted: bool) -> None:
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
            await play(log_stage, poison)
    else:
        await play(log_stage, poison)


async def test_replay_by_key_is_caught(log_stage: Stage) -> None:
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
        await play(log_stage, poison)


@pytest.mark.parametrize("trims_by_mark", [False, True])
async def test_trim_by_the_mark_is_caught(
    log_stage: Stage, monkeypatch: pytest.MonkeyPatch, *, trims_by_mark: bool
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
            await play(log_stage, trimmed)
    else:
        await play(log_stage, trimmed)
