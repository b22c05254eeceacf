"""The table of what the service can do names routes, events and tests that are there."""

import ast
import re
from typing import Any, NamedTuple

import pytest

from services.orders.app import SERVICE
from shared.contracts.catalogue import EVENTS
from shared.db.engine import Database
from tests.architecture.tree import ROOT
from tests.support.applications import application_of

PAGE = ROOT / "docs/orders.md"
ALL = range(1, 35)
_METHODS = "GET|POST|PUT|PATCH|DELETE"


class Capability(NamedTuple):
    """A row of the table."""

    number: int
    routes: list[tuple[str, str]]
    events: list[str]
    tests: list[str]


def read() -> list[Capability]:
    rows = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].isdigit():
            number, _, routes, events, tests = cells
            rows.append(
                Capability(
                    int(number),
                    re.findall(rf"`({_METHODS}) ([^` ]+)`", routes),
                    re.findall(r"`([^`]+)`", events),
                    re.findall(r"`([^`]+)`", tests),
                )
            )
    return rows


TABLE = read()


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


def is_test(test_id: str) -> bool:
    """Say whether pytest collects such a test: a function of that name in that file."""
    place, _, name = test_id.partition("::")
    path = ROOT / place
    if not path.exists() or not path.name.startswith("test_") or not name.startswith("test_"):
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name == name for node in tree.body)
