"""The table of what the service can do names routes, events and tests that are there."""

from typing import Any

import pytest

from services.inventory.app import SERVICE
from shared.contracts.catalogue import EVENTS
from shared.db.engine import Database
from tests.architecture.tree import ROOT
from tests.support.applications import application_of
from tests.support.capabilities import Capability, is_test, read

PAGE = ROOT / "docs/inventory.md"
ALL = range(83, 102)
TO_COME = {85, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 101}
"""Capabilities that are not there yet."""

TABLE = read(PAGE)


def test_every_capability_has_its_row() -> None:
    assert [row.number for row in TABLE] == [each for each in ALL if each not in TO_COME]
    assert all(row.routes and row.tests for row in TABLE)


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    unused = Database("postgresql://nobody@127.0.0.1:9/nowhere", name="unused")
    application = application_of("inventory", unused, SERVICE.routers)
    document: dict[str, Any] = application.openapi()["paths"]
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
