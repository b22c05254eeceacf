"""A flow of facts over three brokers, with databases of its own."""

from collections.abc import AsyncIterator

import pytest

from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from tests.support.apache_kafka import ApacheKafka
from tests.support.databases import Databases, database_for
from tests.support.flow import Flow


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
