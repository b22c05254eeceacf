"""The generated documents in the tree are the ones the structs give, and are sound."""

import json
from typing import Any

import jsonschema_rs
import pytest

from shared.contracts.catalogue import EVENTS
from tests.contracts.generate import DOCS, documents
from tests.contracts.test_examples import EXAMPLES

SCHEMAS = DOCS / "events" / "schemas"


def test_documents_in_the_tree_are_up_to_date() -> None:
    stale = [
        str(path.relative_to(DOCS))
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "run: make docs"


def test_no_document_is_left_of_an_event_that_is_gone() -> None:
    assert set((DOCS / "events").rglob("*.json")) <= set(documents())


@pytest.mark.parametrize("name", EVENTS)
def test_example_fits_its_schema(name: str) -> None:
    validator = _validator(name)
    example = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))

    assert [str(error) for error in validator.iter_errors(example)] == []


@pytest.mark.parametrize("name", EVENTS)
def test_schema_refuses_an_example_without_its_facts(name: str) -> None:
    example = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))

    assert not _validator(name).is_valid(example | {"data": {}})
    assert not _validator(name).is_valid(example | {"type": "orders.something_else.v1"})


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    document = _load("asyncapi.json")
    references = list(_references(document))

    missing = [reference for reference in references if not _resolves(document, reference)]

    assert missing == []
    assert len(references) > 2 * len(EVENTS)


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DOCS / "events" / name).read_text(encoding="utf-8"))
    return loaded


def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    envelope = json.loads((SCHEMAS / "envelope.json").read_text(encoding="utf-8"))
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    schema["allOf"] = [envelope]
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def _resolves(document: dict[str, Any], reference: str) -> bool:
    file, _, pointer = reference.partition("#")
    if file:
        return (DOCS / "events" / file).is_file()
    node: Any = document
    for part in pointer.split("/")[1:]:
        if part not in node:
            return False
        node = node[part]
    return True
