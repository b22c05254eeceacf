"""Tables of capabilities in the pages of services: `| no | capability | route | event | test |`."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from tests.architecture.tree import ROOT

_METHODS = "GET|POST|PUT|PATCH|DELETE"


class Capability(NamedTuple):
    """A row of the table."""

    number: int
    routes: list[tuple[str, str]]
    events: list[str]
    tests: list[str]


def read(page: Path) -> list[Capability]:
    """Return the rows of a page's table."""
    rows = []
    for line in page.read_text(encoding="utf-8").splitlines():
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


def is_test(test_id: str) -> bool:
    """Say whether pytest collects such a test: a function of that name in that file."""
    place, _, name = test_id.partition("::")
    path = ROOT / place
    if not path.exists() or not path.name.startswith("test_") or not name.startswith("test_"):
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name == name for node in tree.body)
