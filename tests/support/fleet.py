"""A fleet for journeys: a process for each role, on engines that a test may kill."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shopfleet.local.broker import EmbeddedBroker
from shopfleet.local.postgres import EmbeddedPostgres
from shopfleet.local.state import State
from shopfleet.prove.fleet import Broker, Fleet
from shopfleet.prove.traffic import open_stores
from tests.support.apache_kafka import ApacheKafka
from tests.support.kafka import kind_of_kafka
from tests.support.postgres import scratch_folder
from tests.support.warm import start_warm

CRASH_SAFE = {"fsync": "off"}
"""What a killed process cannot lose by: the system keeps what was written, if not the machine."""


class ApacheBroker:
    """One node of Apache Kafka as an engine of a fleet; what it stored outlives its process."""

    def __init__(self, folder: Path) -> None:
        self._kafka = ApacheKafka(folder, nodes=1)
        self._is_formatted = False

    @property
    def bootstrap(self) -> str:
        return self._kafka.bootstrap

    def start(self) -> None:
        if self._is_formatted:
            self._kafka.nodes[0].start()
            self._kafka.nodes[0].wait_until_it_knows(1)
        else:
            self._kafka.start()
            self._is_formatted = True

    def stop(self) -> None:
        self._kafka.stop()

    def kill(self) -> None:
        self._kafka.nodes[0].kill()


@asynccontextmanager
async def running_fleet() -> AsyncIterator[Fleet]:
    """Start a fleet and stop it at the end; what went wrong is in the logs of `fleet.state`."""
    with scratch_folder() as folder, State(folder / "fleet") as state:
        postgres = EmbeddedPostgres(folder / "postgres", settings=CRASH_SAFE)
        fleet = Fleet(state, postgres, _broker(folder), start=start_warm)
        try:
            await fleet.start()
            yield fleet
        finally:
            await fleet.stop()


def _broker(folder: Path) -> Broker:
    if kind_of_kafka() == "apache":
        return ApacheBroker(folder / "kafka")
    return EmbeddedBroker(folder / "broker", port=None)


@asynccontextmanager
async def opened_fleet() -> AsyncIterator[Fleet]:
    """Start a fleet with the stores of the proof, known to every service."""
    async with running_fleet() as running:
        async with running.client() as client:
            await open_stores(client)
        yield running
