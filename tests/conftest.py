"""The engines that tests share, one of each per session, and the marks of tests that use them."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from shared.observability.logs import configure_logs
from shared.runtime import calm_collector
from tests.architecture.tree import ROOT
from tests.support.browser import chromium, chromium_path  # noqa: F401 - fixtures
from tests.support.databases import (  # noqa: F401 - fixtures
    databases,
    directory_database,
    inventory_database,
    orders_database,
    reporting_database,
)
from tests.support.kafka import kind_of_kafka, running_kafka
from tests.support.log_stage import log_stage  # noqa: F401 - a fixture
from tests.support.postgres import running_postgres
from tests.support.retelling import retold  # noqa: F401 - a fixture

hypothesis.settings.register_profile("shopfleet", deadline=None)  # machines are busy
hypothesis.settings.load_profile("shopfleet")

MARKS_OF_FIXTURE = {
    "chromium_path": ("chromium",),
    "postgres": ("db",),
    "kafka": ("kafka",),
    "kafka_cluster": ("kafka", "cluster", "maven"),
    "fleet": ("db", "kafka"),
}
LONGEST = (
    "tests/real_input",
    "tests/journeys/test_proof",
    "tests/stack/test_up",
    "tests/journeys/fleet",
    "tests/journeys",
)
"""They go first, in this order, so that no worker ends long after the other."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, marks in MARKS_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                for mark in marks:
                    item.add_marker(mark)
    items.sort(key=_place_of)
    if kind_of_kafka() != "apache":  # three brokers are too much beside every other test
        away = [item for item in items if item.get_closest_marker("cluster")]
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it again and again is a tenth of all time."""
    calm_collector()


def _place_of(item: pytest.Item) -> int:
    places = (n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name))
    return next(places, len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "ByFleet | None":
    return ByFleet(config, log) if config.getvalue("dist") == "loadscope" else None


class ByFleet(LoadScopeScheduling):  # type: ignore[misc] # it ships no types
    """Gives a worker a whole file, or all files of a folder that is a package: they share a fleet.

    Marks for it (`xdist_group`) have no effect with the pytest of today.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        folder = Path(file).parent
        return str(folder) if (ROOT / folder / "__init__.py").exists() else file


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
