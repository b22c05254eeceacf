"""The files of the project, as the architecture tests see them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "shopfleet")
"""What is installed."""

FOLDERS = (*PACKAGES, "tests", "bench", "deploy")
"""Every folder that may hold Python."""


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Return the Python files of some folders, all without a name; generated trees left out."""
    return tuple(
        path
        for folder in folders or FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not {"__pycache__", "target"} & set(path.parts)
    )


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return a file's path from the root, for messages and test ids."""
    return str(path.relative_to(ROOT))


def is_migration(path: Path) -> bool:
    """Say whether a file is a migration: history, written once."""
    return "migrations" in path.parts
