"""The engines that tests share, one of each per session, and the marks of tests that use them."""

import os
from collections.abc import Generator, Iterator

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
from tests.support.kafka import kind_of_kafka, running_kafka
from tests.support.log_stage import log_stage  # noqa: F401 - a fixture
from tests.support.postgres import running_postgres, scratch_folder
from tests.support.retelling import retold  # noqa: F401 - a fixture

MARKS_OF_FIXTURE = {
    "chromium_path": ("chromium",),
    "postgres": ("db",),
    "kafka": ("kafka",),
    "kafka_cluster": ("kafka", "cluster", "maven"),
    "fleet": ("db", "kafka"),
    "lone_fleet": ("db", "kafka"),
}
LONGEST = (
    "tests/journeys/test_processes",
    "tests/real_input/test_olist",
    "tests/stack/test_up",
    "tests/journeys/test_proof",
    "tests/real_input/test_tmall",
)
"""They go first, so that no worker ends long after the other."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, marks in MARKS_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                for mark in marks:
                    item.add_marker(mark)
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    if kind_of_kafka() != "apache":  # three brokers are too much beside every other test
        away = [item for item in items if item.get_closest_marker("cluster")]
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With SHOPFLEET_TEST_FORBID_SKIPS=1 what is skipped has failed."""
    if report.skipped and os.environ.get("SHOPFLEET_TEST_FORBID_SKIPS") == "1":
        report.outcome = "failed"
        report.longrepr = f"skips are forbidden: {report.longrepr}"


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
