"""The engines that a run measures on: PostgreSQL that writes through, a broker, new databases."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
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


@dataclass(frozen=True)
class Engines:
    """Running engines; `broker` says which broker it is."""

    folder: Path
    databases: Databases
    postgres: EmbeddedPostgres
    bootstrap: str
    broker: str

    def cluster(self, client: str) -> KafkaCluster:
        """The broker as the services reach it."""
        return KafkaCluster(KafkaAccess(bootstrap=self.bootstrap, client=client))

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Database]:
        """A new, empty database of a service."""
        database = Database(await self.databases.create(service), name=f"{service}-bench")
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def running_engines(*, is_apache: bool) -> AsyncIterator[Engines]:
    """Start both engines with the settings of production: fsync and full page writes are on."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        bootstrap = stack.enter_context(fresh_broker(is_apache=is_apache))
        databases = Databases(postgres.url)
        await databases.prepare()
        try:
            broker = "Apache Kafka" if is_apache else "embedded broker"
            yield Engines(folder, databases, postgres, bootstrap, broker)
        finally:
            await databases.close()


@contextmanager
def fresh_broker(*, is_apache: bool) -> Iterator[str]:
    """An empty broker; gives `host:port`."""
    with scratch_folder() as folder, ExitStack() as stack:
        if is_apache:
            yield stack.enter_context(ApacheKafka(folder, nodes=1)).bootstrap
        else:
            yield stack.enter_context(EmbeddedBroker(folder, port=None)).bootstrap
