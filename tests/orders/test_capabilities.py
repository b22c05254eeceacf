"""The table of what the service can do names routes, events and tests that are there."""

from typing import Any

import pytest

from services.orders.app import SERVICE
from shared.contracts.catalogue import EVENTS
from shared.db.engine import Database
from tests.architecture.tree import ROOT
from tests.support.applications import application_of
from tests.support.capabilities import Capability, is_test, read

PAGE = ROOT / "docs/orders.md"
ALL = range(1, 35)


TABLE = read(PAGE)


def test_every_capability_has_its_row() -> None:
    assert [row.number for row in TABLE] == list(ALL)
    assert all(row.routes and row.tests for row in TABLE)


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    unused = Database("postgresql://nobody@127.0.0.1:9/nowhere", name="unused")
    document: dict[str, Any] = application_of("orders", unused, SERVICE.routers).openapi()["paths"]
    return document


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.number))
def test_routes_events_and_tests_are_there(row: Capability, paths: dict[str, Any]) -> None:
    missing = [
        f"{method} {path}"
        for method, path in row.routes
        if method.lower() not in paths.get(path, {})
    ]

    assert missing == []
    assert [event for event in row.events if event not in EVENTS] == []
    assert [test for test in row.tests if not is_test(test)] == []
