"""The embedded broker: start, stop and what it forgets."""

import os
import socket
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shopfleet.local.broker import EmbeddedBroker, known_brokers
from shopfleet.local.ports import LOOPBACK
from shopfleet.local.processes import EngineStartError, command_of
from tests.support.eventually import eventually
from tests.support.topics import create_topic

pytestmark = pytest.mark.kafka


async def records_of(bootstrap: str, place: TopicPartition) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    try:
        consumer.assign([place])
        ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
        return ends[place]
    finally:
        await consumer.stop()


async def send_one(bootstrap: str, place: TopicPartition) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(place.topic, b"value", partition=place.partition)
    finally:
        await producer.stop()


async def test_a_restart_keeps_the_port_and_forgets_the_records(tmp_path: Path) -> None:
    place = TopicPartition("forgotten", 0)
    with EmbeddedBroker(tmp_path, port=None) as broker:
        address, pid = broker.bootstrap, broker.pid
        await create_topic(address, place.topic)
        await send_one(address, place)
        assert await records_of(address, place) == 1

        assert broker.restart() == address
        assert broker.pid != pid
        assert await records_of(address, place) == 0


def test_a_taken_port_is_avoided(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as stranger:
        taken = stranger.getsockname()[1]
        with EmbeddedBroker(tmp_path, port=taken) as broker:
            assert broker.bootstrap != f"{LOOPBACK}:{taken}"


def test_the_terminal_cannot_interrupt_it(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path, port=None) as broker:
        assert broker.pid is not None
        assert os.getsid(broker.pid) == broker.pid != os.getsid(0)


def test_a_broker_left_behind_is_ended(tmp_path: Path) -> None:
    forgotten = EmbeddedBroker(tmp_path, port=None)
    forgotten.start()
    pid = forgotten.pid

    with EmbeddedBroker(tmp_path, port=None):
        assert pid is not None
        assert command_of(pid) is None
    assert not forgotten.is_running


def test_a_broker_that_does_not_start_shows_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "broker"
    failing.write_text("#!/bin/sh\necho no room today\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr("shopfleet.local.broker.broker_binary", lambda: str(failing))

    with pytest.raises(EngineStartError, match=r"ended with 3(?s:.)*no room today"):
        EmbeddedBroker(tmp_path, port=None).start()


async def test_a_paused_broker_runs_but_does_not_answer(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path, port=None) as broker:
        port = int(broker.bootstrap.rpartition(":")[2])

        broker.pause()
        await eventually(lambda: known_brokers(port) == 0)  # a signal takes its moment
        assert broker.is_running

        broker.resume()
        assert known_brokers(port) == 1
