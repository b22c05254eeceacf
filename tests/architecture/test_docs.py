"""What the documents name exists: files, commands, targets, events, variables, routes."""

import re
from pathlib import Path

import pytest

from shared.contracts.catalogue import EVENTS, OWNERS
from shared.contracts.consumers import SERVICES
from tests.architecture.deployment import (
    declared_services,
    example_variables,
    paths_of,
    reached,
    scripts,
    settings_of,
)
from tests.architecture.tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OF_TOOLS = {
    "SHOPFLEET_DATABASE_URL",
    "SHOPFLEET_TEST_EFFORT",
    "SHOPFLEET_TEST_KAFKA",
    "SHOPFLEET_TOKEN",
    "SHOPFLEET_URL",
}
"""Variables of the client, the local stack and the tests; they have no class of settings."""

OF_THE_RUNTIME = ("/v1/feeds", "/v1/audit", "/v1/webhooks")
"""Routes that a service has without declaring them."""


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def _text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def _code(document: Path) -> str:
    """Return what stands in code blocks and between backticks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", _text(document), re.DOTALL))


def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", _text(document))

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][\w-]*)", _code(document)))

    assert named - targets == set()


def test_named_events_exist(document: Path) -> None:
    named = set(re.findall(rf"\b(?:{'|'.join((*OWNERS, 'log'))})\.\w+\.v\d+\b", _text(document)))

    assert named - set(EVENTS) == set()


def test_named_variables_exist(document: Path) -> None:
    known = (
        OF_TOOLS
        | set(example_variables())
        | {
            f"{prefix}_{field.upper()}"
            for service in SERVICES
            for field in settings_of(service).model_fields
            for prefix in ("SHOPFLEET", service.upper())
        }
    )
    prefixes = "|".join(("SHOPFLEET", *(service.upper() for service in SERVICES)))
    named = set(re.findall(rf"\b(?:{prefixes})_[A-Z][A-Z_]*[A-Z]\b", _code(document)))

    assert named - known == set()


def test_named_services_are_commands(document: Path) -> None:
    named = set(re.findall(r"`(\w+) --roles", _text(document)))

    assert named - set(scripts()) == set()


def test_named_routes_exist(document: Path) -> None:
    declared = {path for service in declared_services().values() for path in paths_of(service)}
    known = {re.sub(r"x1", "*", path) for path in declared}
    named = set(re.findall(r"(?:GET|POST|PUT|PATCH|DELETE) (/v1/[^\s`?|]+)", _text(document)))

    for route in named:
        path = re.sub(r"\{[^}]+\}", "x1", route)
        assert reached(path), f"{route}: no service behind the proxy"
        [upstream] = reached(path)
        owner = upstream.partition(":")[0]
        if owner in declared_services() and not path.startswith(OF_THE_RUNTIME):
            assert re.sub(r"x1", "*", path) in known, route
