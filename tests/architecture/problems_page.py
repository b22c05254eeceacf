"""Writes docs/problems.md, the page of every problem type: `python -m tests.generate`."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import services
import shared
from shared.kernel.refusals import Refusal
from tests.architecture.tree import ROOT

PROBLEMS_PAGE = ROOT / "docs" / "problems.md"

# What the web layer answers without a refusal of its own.
_PLAIN = {
    ("malformed-json", 400): "The body is not JSON.",
    ("bad-parameter", 400): "A parameter of the query, the path or a header is not valid.",
    ("invalid", 422): "The body does not validate; `errors` points at each field.",
    ("not-found", 404): "There is no such path.",
    ("method-not-allowed", 405): "The path does not take this method.",
    ("unavailable", 503): "The database cannot be reached; nothing was changed, try again.",
    ("internal", 500): "The server failed; nothing was changed.",
}

HEAD = """# Problems

Every error is `application/problem+json` (RFC 9457). `type` is `https://shopfleet.dev/problems/`
and one of the names below, and stays the same; `detail` is for people. `errors` holds
`{pointer, code, detail}` for each part of the body that is to blame, as a JSON Pointer, or
`{parameter, code, detail}`. `instance` names the request, as the header `X-Request-Id` does.
Generated from the code by `make docs`.

| type | status | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    rows = {**_PLAIN}
    for refusal in _refusals():
        meaning = (inspect.getdoc(refusal) or "").partition("\n\n")[0].replace("\n", " ")
        rows.setdefault((refusal.kind, refusal.status), meaning)
    lines = [f"| `{kind}` | {status} | {text} |" for (kind, status), text in sorted(rows.items())]
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PROBLEMS_PAGE.write_text(page(), encoding="utf-8")


def _refusals() -> list[type[Refusal]]:
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                if _is_alembic(module.name):
                    continue
                importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting = [Refusal]
    while waiting:
        refusal = waiting.pop()
        found.append(refusal)
        waiting.extend(refusal.__subclasses__())
    own = [one for one in found if one is not Refusal and _is_ours(one)]
    return sorted(own, key=lambda one: (one.kind, one.status, len(one.__mro__), one.__name__))


def _is_alembic(name: str) -> bool:
    return name.startswith("shared.db.alembic")


def _is_ours(refusal: type[Refusal]) -> bool:
    return Path(inspect.getfile(refusal)).is_relative_to(
        ROOT
    ) and not refusal.__module__.startswith("tests")
