"""A state machine over writer, relay and readers: effects once, in order, and all arrive."""

import os
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.contracts.catalogue import PARTITIONS
from shared.log import reader
from shared.log.writer import partition_of
from tests.support.databases import Databases
from tests.support.event_stream import PreparedEffects
from tests.support.log_stage import LoopStage
from tests.support.log_world import TOPIC, Variant, World

KEYS = ("a", "b", "c", "d")
USED = sorted({partition_of(key) for key in KEYS})
keys = st.sampled_from(KEYS)
partitions = st.sampled_from(USED)
statements = st.none() | st.integers(0, 7)
crashes = st.sampled_from(
    [None, None, "before the guard", "after the guard", "before the commit", "after the commit"]
)


@pytest.fixture(scope="module")
async def urls(databases: Databases) -> tuple[str, str]:
    return await databases.create("orders"), await databases.create("reporting")


@pytest.fixture(scope="module")
def stage(urls: tuple[str, str], postgres: str) -> Iterator[LoopStage]:
    made = LoopStage(*urls, postgres)
    yield made
    made.end()


class LogMachine(RuleBasedStateMachine):
    """The faults that both runs share."""

    stage: LoopStage
    has_feed = True
    variant = Variant()

    @initialize()
    def open(self) -> None:
        self.world = World(
            self.stage.owner, self.stage.reading, has_feed=self.has_feed, variant=self.variant
        )
        self.run(self.world.begin(self.stage.admin))

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.stage.run(work)

    @rule(key=keys)
    def write(self, key: str) -> None:
        if key not in self.world.open_writes:
            self.run(self.world.write(key))

    @rule(key=keys)
    def open_write(self, key: str) -> None:
        if key not in self.world.open_writes:
            self.run(self.world.open_write(key))

    @precondition(lambda self: self.world.open_writes)
    @rule(data=st.data(), is_commit=st.booleans())
    def close_write(self, data: st.DataObject, is_commit: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.world.open_writes)))
        self.run(self.world.commit(key) if is_commit else self.world.abort(key))

    @rule(step=st.sampled_from(["number", "publish", "check", "save_marks"]), crash=statements)
    def relay(self, step: str, crash: int | None) -> None:
        self.run(self.world.relay_step(step, crash))

    @rule()
    def pump(self) -> None:
        self.run(self.world.relay_step("number"))
        self.run(self.world.relay_step("publish"))

    @rule()
    def relay_dies(self) -> None:
        self.run(self.world.lead())

    @rule(when=st.sampled_from(["before", "after"]))
    def relay_dies_publishing(self, when: str) -> None:
        self.world.broker.crash_next_publish(when)
        self.run(self.world.relay_step("publish"))

    @rule()
    def ack_is_lost(self) -> None:
        self.world.broker.lose_next_ack()
        self.run(self.world.relay_step("publish"))

    @rule(partition=partitions)
    def batch_is_refused(self, partition: int) -> None:
        self.world.broker.refuse_next(partition)
        self.run(self.world.relay_step("publish"))

    @rule(reader=st.integers(0, 1), crash=crashes)
    def read(self, reader: int, crash: str | None) -> None:
        self.run(self.world.read(reader, crash))

    @rule()
    def positions_are_stated(self) -> None:
        self.run(self.world.state_positions())

    @rule(reader=st.integers(0, 1))
    def heal(self, reader: int) -> None:
        self.run(self.world.heal(reader))

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "world"):
            self.run(self.world.verify())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.run(self.world.settle())
            finally:
                self.run(self.world.end())


class LossyMachine(LogMachine):
    """A broker that forgets: what Kafka alone can give back if the relay notices."""

    @rule(partition=partitions, count=st.integers(1, 3))
    def tail_is_lost(self, partition: int, count: int) -> None:
        self.world.broker.lose_tail(TOPIC, partition, count)

    @rule()
    def topic_is_wiped(self) -> None:
        self.world.broker.wipe(TOPIC)


class LateMachine(LogMachine):
    """Requests that are stored late, and an old relay that still sends."""

    @rule(partition=partitions)
    def request_is_delayed(self, partition: int) -> None:
        self.world.broker.delay_next(partition)
        self.run(self.world.relay_step("publish"))

    @rule()
    def late_request_is_stored(self) -> None:
        self.world.broker.deliver_late()

    @rule()
    def old_relay_sends(self) -> None:
        self.run(self.world.old_relay_sends())


class EverythingMachine(LossyMachine, LateMachine):
    """All of it, and retention; only the feed makes this log live."""

    @rule(partition=partitions, count=st.integers(0, 2))
    def retention_takes(self, partition: int, count: int) -> None:
        self.world.broker.retain(TOPIC, partition, count)


class LossyWithoutFeed(LossyMachine):
    has_feed = False


class LateWithoutFeed(LateMachine):
    has_feed = False


class AheadMachine(EverythingMachine):
    """Readers prepare what follows while they commit."""

    variant = Variant(applier=PreparedEffects)


@pytest.mark.parametrize("machine", [EverythingMachine, LossyWithoutFeed, LateWithoutFeed])
def test_every_event_takes_effect_once_in_order(
    stage: LoopStage, machine: type[LogMachine]
) -> None:
    run_machine(stage, machine)


def test_reading_ahead_changes_nothing(stage: LoopStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "AHEAD_EVENTS", 1)
    monkeypatch.setattr(reader, "FETCH_SLICE", 1)
    monkeypatch.setattr(reader, "FETCH_RECORDS", 2)

    run_machine(stage, AheadMachine)


def run_machine(stage: LoopStage, machine: type[LogMachine]) -> None:
    """Raises what the machine finds."""
    factor = int(os.environ.get("SHOPFLEET_TEST_EFFORT", "1"))
    machine.stage = stage
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8 * factor,
            stateful_step_count=40,
            derandomize=factor == 1,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_keys_use_several_partitions() -> None:
    assert 1 < len(USED) < PARTITIONS
