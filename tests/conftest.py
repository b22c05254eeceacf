"""The engines that tests share, one of each per session, and the marks of tests that use them."""

from collections.abc import Iterator

import pytest

from shared.observability.logs import configure_logs
from tests.support.apache_kafka import ApacheKafka
from tests.support.browser import chromium, chromium_path  # noqa: F401 - fixtures
from tests.support.databases import (  # noqa: F401 - fixtures
    databases,
    directory_database,
    orders_database,
    reporting_database,
)
from tests.support.kafka import running_kafka
from tests.support.log_stage import log_stage  # noqa: F401 - a fixture
from tests.support.postgres import running_postgres, scratch_folder

MARKS_OF_FIXTURE = {
    "chromium_path": ("chromium",),
    "postgres": ("db",),
    "kafka": ("kafka",),
    "kafka_cluster": ("kafka", "cluster", "maven"),
}


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, marks in MARKS_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                for mark in marks:
                    item.add_marker(mark)


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as in production: the default ones draw every local variable."""
    configure_logs("tests", level="WARNING")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """An administrator's URL of a PostgreSQL server."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """`host:port` of a broker, embedded unless the environment says otherwise."""
    with running_kafka() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def kafka_cluster() -> Iterator[ApacheKafka]:
    """Three nodes of Apache Kafka; a test that breaks one mends it."""
    with scratch_folder() as folder, ApacheKafka(folder, nodes=3) as cluster:
        yield cluster
