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


@pytest.fixture(params=sources(), ids=name_of)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


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


def test_file_is_short_enough_to_read_at_once(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE


def test_functions_are_short_enough_to_read_at_once(path: Path) -> None:
    if is_migration(path):
        return
    long = {function.name: _length(function) for function in _functions(path)}

    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION} == {}


def test_file_has_a_name_that_says_what_is_in_it(path: Path) -> None:
    assert path.stem not in BANNED_STEMS
    assert not path.stem.rstrip("0123456789").endswith(("_utils", "_helpers", "_common"))


def test_file_says_what_it_is(path: Path) -> None:
    if is_migration(path):
        return

    assert ast.get_docstring(parsed(path)), "a module docstring of one line"


def test_only_the_database_module_commits(path: Path) -> None:
    if not name_of(path).startswith(PACKAGES) or name_of(path).startswith("shared/db/"):
        return
    commits = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in NO_SESSIONS)
    ]

    assert commits == [], "shared.db.engine.Database.transaction commits"


def test_packages_give_nothing_a_second_address(path: Path) -> None:
    if path.name != "__init__.py":
        return
    body = [node for node in parsed(path).body if not isinstance(node, ast.Expr)]

    assert body == [], "no re-exports: one name, one address"


def test_annotations_stay_real_where_frameworks_read_them(path: Path) -> None:
    if not name_of(path).startswith(PACKAGES):
        return
    futures = [
        node
        for node in parsed(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]

    assert futures == []


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml", "Makefile"])
def test_no_configuration_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").lower()

    assert [word for word in ("index-url", "find-links", "--index") if word in text] == []
    assert "://" not in "".join(
        line for line in text.splitlines() if name == "constraints.txt" and "#" not in line
    )
