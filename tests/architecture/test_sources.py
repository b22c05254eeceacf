"""Sizes, names and habits of every source file."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import FOLDERS, PACKAGES, ROOT, is_migration, name_of, parsed, sources

MAX_FILE = 300
MAX_FUNCTION = 40  # without its docstring, and without functions inside, which count themselves
BANNED_STEMS = {"utils", "util", "helpers", "common", "misc", "core", "base", "lib", "manager"}
NO_SESSIONS = {"self", "savepoint"}  # releasing a savepoint ends no transaction
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(path: Path) -> list[Function]:
    return [
        node
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _length(function: Function) -> int:
    first = function.body[0]
    docstring = first.end_lineno or 0 if ast.get_docstring(function) is not None else 0
    told = docstring - first.lineno + 1 if docstring else 0
    inner = sum(
        (nested.end_lineno or 0) - nested.lineno + 1
        for nested in function.body
        if isinstance(nested, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return (function.end_lineno or 0) - function.lineno + 1 - told - inner


def test_the_tree_was_found() -> None:
    assert {name_of(path).split("/")[0] for path in sources()} >= set(PACKAGES) | {"tests"}
    assert set(PACKAGES) < set(FOLDERS)


def test_files_are_short_enough_to_read_at_once() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in sources()}

    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE} == {}


def test_functions_are_short_enough_to_read_at_once() -> None:
    lengths = {
        f"{name_of(path)}:{function.name}": _length(function)
        for path in sources()
        if not is_migration(path)
        for function in _functions(path)
    }

    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION} == {}


def test_files_have_names_that_say_what_is_in_them() -> None:
    vague = [
        name_of(path)
        for path in sources()
        if path.stem in BANNED_STEMS
        or path.stem.rstrip("0123456789").endswith(("_utils", "_helpers", "_common"))
    ]

    assert vague == []


def test_files_say_what_they_are() -> None:
    silent = [
        name_of(path)
        for path in sources()
        if not is_migration(path) and not ast.get_docstring(parsed(path))
    ]

    assert silent == [], "a module docstring of one line"


def test_only_the_database_module_commits() -> None:
    commits = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources(*PACKAGES)
        if not name_of(path).startswith("shared/db/")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in NO_SESSIONS)
    ]

    assert commits == [], "shared.db.engine.Database.transaction commits"


def test_packages_give_nothing_a_second_address() -> None:
    exporting = [
        name_of(path)
        for path in sources()
        if path.name == "__init__.py"
        and any(not isinstance(node, ast.Expr) for node in parsed(path).body)
    ]

    assert exporting == [], "no re-exports: one name, one address"


def test_annotations_stay_real_where_frameworks_read_them() -> None:
    postponed = [
        name_of(path)
        for path in sources(*PACKAGES)
        for node in parsed(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]

    assert postponed == []


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml", "Makefile"])
def test_no_configuration_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").lower()

    assert [word for word in ("index-url", "find-links", "--index") if word in text] == []
    assert "://" not in "".join(
        line for line in text.splitlines() if name == "constraints.txt" and "#" not in line
    )
