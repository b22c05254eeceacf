"""A reader takes each event once, heals what Kafka does not bring, and stops when it must."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.contracts.orders import OrderDelivered
from shared.kafka.ports import Outgoing
from shared.log.acceptance import OwnerPart
from shared.log.appliers import Handlers
from shared.log.heal import Healer
from shared.log.parking import ParkingLimit, TooManyDeadLettersError
from shared.log.positions import GuardLostError
from shared.log.reader import Reader, Subscription
from shared.log.wire import TYPE
from shared.log.writer import partition_of
from tests.support.broker import MemoryBroker
from tests.support.event_stream import OWNER, Effects, apply_fact, effects_of
from tests.support.eventually import eventually
from tests.support.log_stage import Stage
from tests.support.log_world import READER, TOPIC, World

PARTITION = partition_of("a")
PART = OwnerPart(OWNER, PARTITION)


@pytest.fixture
async def world(log_stage: Stage) -> AsyncIterator[World]:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin)
    yield world
    await world.end()


async def test_second_delivery_changes_nothing(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    await world.read()
    log = world.broker.log(TOPIC, PARTITION)
    log.store(list(log.records))

    await world.read()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_the_loser_of_a_race_takes_nothing_and_goes_on(world: World) -> None:
    await world.read(0)
    await world.read(1)
    await world.write("a")
    await world.pump()
    await world.read(0)

    with pytest.raises(GuardLostError):
        await world.readers[1].step()
    world.readers[1]._generation = -1
    await world.write("a")
    await world.pump()
    await world.read(1)

    assert await effects_of(world.reading) == dict(world.committed)


async def test_two_readers_at_once_take_everything_once(world: World) -> None:
    await world.read(0)
    await world.read(1)
    for _ in range(10):
        await world.write("a", "b", "c")
    await world.pump()

    await asyncio.gather(world.read(0), world.read(1))
    await world.read(0)
    await world.read(1)

    await world.verify()
    assert await world._has_all()


async def test_a_lost_tail_comes_from_the_feed(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    world.broker.lose_tail(TOPIC, PARTITION, 2)

    await world.read()
    await world.heal()

    assert await effects_of(world.reading) == dict(world.committed)
    assert world.feed.pages == 1


async def test_a_log_grown_past_an_old_offset_is_read_to_its_end(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    await world.read()
    world.broker.wipe(TOPIC)
    await world.write("a", "a", "a")
    await world.relay_step("check")
    await world.pump()

    await world.read()
    await world.heal()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_reading_goes_on_at_the_gap_that_was_healed(world: World) -> None:
    await world.write("a", "a", "a")
    await world.pump()
    world.broker.retain(TOPIC, PARTITION, 1)
    await world.read()
    await world.heal()
    healed = world.feed.pages
    await world.write("a")
    await world.pump()

    await world.read()

    assert await effects_of(world.reading) == dict(world.committed)
    assert world.feed.pages == healed


async def test_a_partition_that_moves_is_not_healed(world: World) -> None:
    await world.write("a")
    await world.pump()
    await world.read()
    reader = world.readers[0]
    await world.write("a")
    await world.pump()

    assert reader.healer is not None
    await reader.healer.heal(reader._ours())  # it moved less than two seconds ago

    assert world.feed.pages == 0


async def test_a_new_reader_begins_with_the_first_event_of_the_feed(world: World) -> None:
    await world.write("a", "a")
    await world.pump()
    world.broker.wipe(TOPIC)
    newcomer = Reader(
        Subscription("newcomer", (OWNER,), Effects()), world.reading, world.broker, world.feed
    )

    await newcomer.step()
    assert newcomer.healer is not None
    await newcomer.healer.heal(newcomer._ours(), still=-1.0)
    newcomer.taker.tracks.moved_at.clear()
    await newcomer.healer.heal(newcomer._ours(), still=-1.0)
    await newcomer.leave()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_another_log_stops_the_owner_and_alerts(world: World) -> None:
    await world.write("a")
    await world.pump()
    await world.read()
    async with world.reading.transaction() as session:
        await session.execute(
            text("UPDATE log_positions SET log_id = :other"), {"other": str(uuid4())}
        )
    await world.restart_reader(0)

    await world.heal()

    assert world.readers[0].healer is not None
    assert "log is" in world.readers[0].healer.stopped[OWNER]


async def test_a_head_behind_the_position_stops_the_owner(world: World) -> None:
    async with world.reading.transaction() as session:
        await session.execute(text("UPDATE log_positions SET next_sequence = 5"))
    await world.restart_reader(0)

    await world.heal()

    assert world.readers[0].healer is not None
    assert "is behind" in world.readers[0].healer.stopped[OWNER]


async def test_records_of_a_newer_owner_are_skipped(world: World) -> None:
    await world.write("a")
    await world.pump()
    log = world.broker.log(TOPIC, PARTITION)
    (known,) = log.records
    headers = [*known.headers[:2], (TYPE, b"orders.not_invented_yet.v1")]
    log.records[0] = Outgoing(known.key, b"\xff not even JSON", headers)

    await world.read()

    assert world.readers[0].taker.tracks.positions[PART].next_sequence == 2
    assert await effects_of(world.reading) == {}


async def test_handlers_take_effect_one_by_one(world: World) -> None:
    applier = Handlers({OrderDelivered: apply_fact})
    world.readers[0].taker = world.variant.taker(READER, world.reading, applier)
    await world.write("a", "b", "a")
    await world.pump()

    await world.read()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_too_much_poison_stops_the_reader(world: World) -> None:
    async def refuse(*_: object) -> None:
        raise ValueError("no")

    limit = ParkingLimit(2, 10)
    applier = Handlers({OrderDelivered: refuse})
    world.readers[0].taker = world.variant.taker(READER, world.reading, applier, limit)
    await world.write("a", "b", "c", "d")
    await world.pump()

    with pytest.raises(TooManyDeadLettersError):
        await world.readers[0].step()

    async with world.reading.reading() as session:
        parked = (await session.execute(text("SELECT count(*) FROM dead_letters"))).scalar_one()
    assert parked == 0


async def test_the_role_waits_for_a_human_after_too_much_poison(world: World) -> None:
    async def refuse(*_: object) -> None:
        raise ValueError("no")

    subscription = Subscription(READER, (OWNER,), Handlers({OrderDelivered: refuse}))
    limit = ParkingLimit(1, 10)
    reader = Reader(subscription, world.reading, world.broker, world.feed, limit=limit)
    await world.write("a", "b")
    await world.pump()
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.run(stop))
        await eventually(lambda: reader.stopped)
        assert not reader.is_ready
        stop.set()


async def test_a_reader_works_without_a_broker(world: World) -> None:
    world.broker.is_down = True
    await world.write("a")
    await world.relay_step("number")

    await world.read()
    await world.heal()  # learns the positions
    await world.heal()

    assert await effects_of(world.reading) == dict(world.committed)


async def test_caches_are_dropped_when_another_process_moves(world: World) -> None:
    class Forgetful(Effects):
        forgotten = 0

        def forget(self) -> None:
            self.forgotten += 1

    applier = Forgetful()
    taker = world.variant.taker(READER, world.reading, applier)
    world.readers[0].taker = taker
    world.readers[0].healer = Healer(taker, world.feed, (OWNER,))
    await world.read(0)
    await world.write("a")
    await world.pump()
    await world.read(1)
    before = applier.forgotten

    await world.heal(0)

    assert applier.forgotten == before + 1


async def test_partitions_dealt_anew_are_loaded_before_they_are_read(world: World) -> None:
    shared = MemoryBroker()
    world.broker = shared
    await (await shared.topics()).ensure(TOPIC, 12)
    await world.lead()
    world.readers = [world.a_reader(), world.a_reader()]
    await world.write("a", "b", "c", "d")
    await world.pump()
    await world.read(0)
    assert len(world.readers[0]._parts) == 12

    await world.read(1)
    await world.write("a", "b", "c", "d")
    await world.pump()
    await world.read(0)
    await world.read(1)

    assert [len(reader._parts) for reader in world.readers] == [6, 6]
    assert await effects_of(world.reading) == dict(world.committed)
