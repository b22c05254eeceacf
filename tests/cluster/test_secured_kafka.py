"""Kafka as it is in production: TLS with an authority of its own, and an account by SCRAM."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.kafka.ports import BrokerUnavailableError
from shared.settings import ServiceSettings
from tests.support.apache_kafka import ApacheKafka
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually
from tests.support.flow import Flow
from tests.support.kafka_security import LISTENER, MECHANISM, Security, make_security
from tests.support.postgres import scratch_folder

pytestmark = [pytest.mark.cluster, pytest.mark.kafka, pytest.mark.maven, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def security() -> Iterator[Security]:
    """A node that takes clients with TLS and an account."""
    with scratch_folder() as folder:
        made = make_security(folder / "tls", username="shopfleet", password="kept secret")
        with ApacheKafka(folder, nodes=1, security=made):
            yield made


@pytest.fixture
def access(security: Security, monkeypatch: pytest.MonkeyPatch) -> KafkaAccess:
    """The access of a service whose environment says what production's says."""
    told: dict[str, Any] = {
        "DATABASE_URL": "postgresql://nobody@localhost/none",
        "INTERNAL_SECRET": "s" * 32,
        "PII_KEY": "A" * 43 + "=",
        "KAFKA": security.bootstrap,
        "KAFKA_SECURITY": LISTENER,
        "KAFKA_SASL_MECHANISM": MECHANISM,
        "KAFKA_USERNAME": security.username,
        "KAFKA_PASSWORD": security.password,
        "KAFKA_CA_FILE": security.ca_file,
    }
    for name, value in told.items():
        monkeypatch.setenv(f"SHOPFLEET_{name}", str(value))
    return KafkaAccess.of(ServiceSettings(), "secured")


async def test_events_flow_over_tls_with_an_account(
    access: KafkaAccess, databases: Databases
) -> None:
    async with (
        database_for(databases, "orders") as owner,
        database_for(databases, "reporting") as reading,
    ):
        flow = Flow(owner, reading, KafkaCluster(access))
        await flow.enrol()
        async with flow.relaying(), flow.reading():
            for _ in range(3):
                await flow.state_round()
            await eventually(flow.has_arrived, within_seconds=60)

        await flow.verify()


@pytest.mark.parametrize(
    "wrong",
    [{"password": "guessed"}, {"ca_file": ""}, {"security": "PLAINTEXT"}],
    ids=["password", "authority", "no TLS"],
)
async def test_who_is_not_trusted_or_does_not_trust_finds_no_broker(
    access: KafkaAccess, wrong: dict[str, Any]
) -> None:
    with pytest.raises(BrokerUnavailableError):
        await KafkaCluster(replace(access, **wrong)).topics()
