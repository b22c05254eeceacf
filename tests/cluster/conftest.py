"""Three brokers, and a flow of facts over them with databases of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from tests.support.apache_kafka import ApacheKafka
from tests.support.databases import Databases, database_for
from tests.support.flow import Flow
from tests.support.postgres import scratch_folder


@pytest.fixture(scope="package")
def kafka_cluster() -> Iterator[ApacheKafka]:
    """Three nodes of Apache Kafka; a test that breaks one mends it."""
    with scratch_folder() as folder, ApacheKafka(folder, nodes=3) as cluster:
        yield cluster


@pytest.fixture
def whole_cluster(kafka_cluster: ApacheKafka) -> Iterator[ApacheKafka]:
    """The cluster, mended after the test whatever it broke."""
    yield kafka_cluster
    for node in kafka_cluster.nodes:
        node.resume()
        if node.pid is None:
            node.start()
    for node in kafka_cluster.nodes:
        node.wait_until_it_knows(len(kafka_cluster.nodes))


@pytest.fixture
async def flow(whole_cluster: ApacheKafka, databases: Databases) -> AsyncIterator[Flow]:
    """Nothing stated yet; relay and readers are started by the test."""
    access = KafkaAccess(bootstrap=whole_cluster.bootstrap, client="cluster", replication=3)
    async with (
        database_for(databases, "orders") as owner,
        database_for(databases, "reporting") as reading,
    ):
        made = Flow(owner, reading, KafkaCluster(access))
        await made.enrol()
        yield made
