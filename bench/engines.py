"""The engines that a run measures on: PostgreSQL that writes through, a broker, new databases."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.db.engine import Database
from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shopfleet.local.broker import EmbeddedBroker
from shopfleet.local.postgres import EmbeddedPostgres
from tests.support.apache_kafka import ApacheKafka
from tests.support.databases import Databases
from tests.support.postgres import scratch_folder

APACHE, EMBEDDED = "Apache Kafka", "embedded broker"


@dataclass(frozen=True)
class Broker:
    """A running broker; `pid` is None for Apache Kafka."""

    bootstrap: str
    pid: int | None = None

    def cluster(self, client: str) -> KafkaCluster:
        """The broker as the services reach it."""
        return KafkaCluster(KafkaAccess(bootstrap=self.bootstrap, client=client))


@dataclass(frozen=True)
class Engines:
    """What a run measures on; `kind` says which broker it is."""

    folder: Path
    databases: Databases
    postgres: EmbeddedPostgres
    kind: str

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Database]:
        """A new, empty database of a service."""
        database = Database(await self.databases.create(service), name=f"{service}-bench")
        try:
            yield database
        finally:
            await database.close()

    @contextmanager
    def broker(self) -> Iterator[Broker]:
        """A new broker: copies of one database share the identity of its log."""
        with scratch_folder() as folder:
            if self.kind == APACHE:
                with ApacheKafka(folder, nodes=1) as kafka:
                    yield Broker(kafka.bootstrap)
            else:
                with EmbeddedBroker(folder, port=None) as embedded:
                    yield Broker(embedded.bootstrap, embedded.pid)


@asynccontextmanager
async def running_engines(kind: str) -> AsyncIterator[Engines]:
    """Start PostgreSQL with the settings of production: fsync and full page writes are on."""
    with scratch_folder() as folder, EmbeddedPostgres(folder / "postgres") as postgres:
        databases = Databases(postgres.url)
        await databases.prepare()
        try:
            yield Engines(folder, databases, postgres, kind)
        finally:
            await databases.close()
