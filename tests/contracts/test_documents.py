"""The generated documents in the tree are the ones the structs give, and are sound."""

import json
from typing import Any

import jsonschema_rs

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


def test_examples_fit_their_schemas() -> None:
    errors = {
        name: [str(error) for error in _validator(name).iter_errors(_example(name))]
        for name in EVENTS
    }

    assert {name: found for name, found in errors.items() if found} == {}


def test_schemas_refuse_examples_without_their_facts() -> None:
    for name in EVENTS:
        example = _example(name)

        assert not _validator(name).is_valid(example | {"data": {}}), name
        assert not _validator(name).is_valid(example | {"type": "orders.something_else.v1"}), name


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    document = _load("asyncapi.json")
    references = list(_references(document))

    missing = [reference for reference in references if not _resolves(document, reference)]

    assert missing == []
    assert len(references) > 2 * len(EVENTS)


def _example(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return example


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
