"""The relay numbers without a hole, publishes in that order, and goes back when in doubt."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from shared.db.direct import DirectError, connect_direct
from shared.db.engine import Database
from shared.log.ledger import LeadershipLostError, Ledger, LogChangedError
from shared.log.losses import find_losses
from shared.log.relay import Relay
from shared.log.wire import stamp_of
from shared.log.writer import partition_of, state
from tests.support.event_stream import fact
from tests.support.eventually import eventually
from tests.support.log_stage import Stage
from tests.support.log_world import TOPIC, World

PARTITION = partition_of("a")


@pytest.fixture
async def world(log_stage: Stage) -> AsyncIterator[World]:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=1)
    yield world
    await world.end()


def sequences(world: World, partition: int = PARTITION) -> list[int]:
    """What stands on the broker."""
    stamps = [stamp_of(record.headers) for record in world.broker.log(TOPIC, partition).records]
    return [stamp.sequence for stamp in stamps if stamp is not None]


async def orders(database: Database) -> list[tuple[int, int]]:
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT partition, sequence FROM event_order ORDER BY event_id")
        )
        return [(row[0], row[1]) for row in rows]


def relay_of(world: World) -> Relay:
    assert world.relay is not None
    return world.relay


async def test_numbers_have_no_hole_where_writers_gave_up(world: World) -> None:
    await world.write("a")
    await world.open_write("a")
    await world.abort("a")
    await world.write("a", "a")

    await world.pump()

    assert await orders(world.owner) == [(PARTITION, 1), (PARTITION, 2), (PARTITION, 3)]
    assert sequences(world) == [1, 2, 3]


async def test_a_late_commit_gets_a_later_number(world: World) -> None:
    await world.open_write("a")
    await world.write("b")
    await world.pump()
    await world.commit("a")
    await world.pump()

    assert await orders(world.owner) == [(PARTITION, 1), (partition_of("b"), 1)]


async def test_a_doubt_sends_again_from_the_mark(world: World) -> None:
    await world.write("a", "a")
    await relay_of(world).number()
    world.broker.lose_next_ack()

    await world.pump()

    assert sequences(world) == [1, 2, 1, 2]


async def test_other_partitions_go_on_when_one_is_refused(world: World) -> None:
    await world.write("a", "b")
    await relay_of(world).number()
    world.broker.refuse_next(PARTITION)

    acknowledged = await relay_of(world).publish()

    assert acknowledged == 1
    assert (sequences(world), sequences(world, partition_of("b"))) == ([], [1])


async def test_the_next_leader_goes_on_from_the_saved_mark(world: World) -> None:
    await world.write("a")
    await world.pump()
    await relay_of(world).save_marks()
    await world.write("a")

    await world.lead()
    await world.pump()

    assert sequences(world) == [1, 2]


async def test_a_wipe_is_seen_and_sent_again_from_the_lowest_reader(world: World) -> None:
    await world.write("a", "a", "a")
    await world.pump()
    await world.read()
    await world.state_positions()
    await world.write("a")
    await world.pump()
    world.broker.wipe(TOPIC)

    await relay_of(world).check()
    await world.pump()

    assert sequences(world) == [4]


async def test_an_answer_below_the_mark_tells_of_a_loss(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    world.broker.lose_tail(TOPIC, PARTITION, 1)
    await world.write("a")

    await world.pump()

    assert sequences(world)[-3:] == [1, 2, 3]


async def test_a_foreign_record_at_the_mark_is_a_loss(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    log = world.broker.log(TOPIC, PARTITION)
    log.records[-1] = log.records[0]

    relay = relay_of(world)
    lost = await find_losses(
        await world.broker.topics(), TOPIC, relay._ledger.log_id, relay.lanes.values()
    )

    assert [lane.partition for lane in lost] == [PARTITION]


async def test_what_retention_took_is_no_loss(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    world.broker.retain(TOPIC, PARTITION, 0)
    world.broker.log(TOPIC, PARTITION).store([])

    relay = relay_of(world)
    relay.lanes[PARTITION].offset = 0
    lost = await find_losses(
        await world.broker.topics(), TOPIC, relay._ledger.log_id, relay.lanes.values()
    )

    assert lost == []


async def test_only_one_leads(world: World) -> None:
    url = world.owner.url.render_as_string(hide_password=False)
    second = await connect_direct(url, name="second")

    assert await Ledger.lead(second) is None

    await second.close()


async def test_an_older_epoch_writes_nothing(world: World) -> None:
    await world.write("a")
    async with world.owner.transaction() as session:
        await session.execute(text("UPDATE log_relay SET epoch = epoch + 1"))

    with pytest.raises(LeadershipLostError):
        await relay_of(world).number()

    assert await orders(world.owner) == []


async def test_another_identity_of_the_log_stops_the_relay(world: World) -> None:
    async with world.owner.transaction() as session:
        await session.execute(text("UPDATE log_identity SET is_current = NULL WHERE false"))
        old = (await session.execute(text("SELECT log_id FROM log_identity"))).scalar_one()
        await session.execute(text("UPDATE log_identity SET log_id = gen_random_uuid()"))

    with pytest.raises(LogChangedError):
        await relay_of(world).number()

    async with world.owner.transaction() as session:
        await session.execute(text("UPDATE log_identity SET log_id = :old"), {"old": old})


async def test_a_silent_leader_is_ended_by_the_server(world: World) -> None:
    url = world.owner.url.render_as_string(hide_password=False)
    assert world.connection is not None
    await world.connection.close()
    paused = await connect_direct(url, name="paused", idle_seconds=1)
    assert await eventually(lambda: Ledger.lead(paused)) is not None

    other = await connect_direct(url, name="successor")
    led = await eventually(lambda: Ledger.lead(other), within_seconds=6)

    assert led is not None
    with pytest.raises(DirectError):
        await paused.fetchval("SELECT 1")
    await other.close()
    await world.lead()


async def test_a_watermark_covers_all_that_was_committed_before_it(world: World) -> None:
    await world.open_write("b")
    await world.write("a")
    await relay_of(world).number()
    await relay_of(world).number()
    first = relay_of(world).watermark()
    await world.commit("b")
    committed = datetime.now(UTC)
    await relay_of(world).number()
    await relay_of(world).number()
    second = relay_of(world).watermark()

    assert first is not None
    assert second is not None
    assert first.at < committed
    assert (first.sequences[PARTITION], first.sequences[partition_of("b")]) == (1, 0)
    assert (second.sequences[PARTITION], second.sequences[partition_of("b")]) == (1, 1)


async def test_an_unfinished_scan_moves_no_watermark(world: World) -> None:
    await relay_of(world).number()
    before = relay_of(world).watermark()
    await world.write(*["a"] * 4)

    await relay_of(world).number()  # three at a time

    assert relay_of(world).watermark() == before


async def test_many_events_are_published_from_the_database(log_stage: Stage) -> None:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=0)
    for number in range(30):
        async with world.owner.transaction() as session:
            await state(session, *[fact("a", number * 100 + each) for each in range(100)])

    await world.lead()
    relay = relay_of(world)
    relay._limits = relay._limits.__class__()
    await world.pump()
    await world.end()

    assert sequences(world) == list(range(1, 3001))
