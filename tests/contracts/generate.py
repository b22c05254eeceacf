"""The generated documents of the events: JSON Schemas, the AsyncAPI document, the table.

`python -m tests.generate` writes them; test_documents compares them with the tree.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shared.contracts.catalogue import EVENTS, OWNERS, Entry, entry_of, topic_of
from shared.contracts.consumers import SERVICES
from shared.contracts.envelope import CloudEvent

DOCS = Path(__file__).parents[2] / "docs"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[Path, str]:
    """Return every generated file below `docs/` with its text."""
    return {
        DOCS / "events.md": _table(),
        DOCS / "events" / "asyncapi.json": _json(_asyncapi()),
        DOCS / "events" / "schemas" / "envelope.json": _json(_envelope()),
        **{
            DOCS / "events" / "schemas" / f"{name}.json": _json(_schema(name))
            for name in sorted(EVENTS)
        },
    }


def main() -> None:
    """Write the documents and remove what no event stands behind any more."""
    texts = documents()
    for path in (DOCS / "events").rglob("*.json"):
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _definitions(struct: object) -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    return dict(sorted(definitions.items()))


def _envelope() -> dict[str, Any]:
    whole: dict[str, Any]
    [whole] = [
        schema
        for name, schema in _definitions(CloudEvent[dict[str, Any]]).items()  # type: ignore[type-var]
        if name.startswith("CloudEvent")
    ]
    properties = whole["properties"] | {
        "data": {"type": "object"},
        "specversion": {"const": "1.0"},
        "datacontenttype": {"const": "application/json"},
    }
    return {"$schema": _DIALECT} | whole | {"title": "CloudEvent", "properties": properties}


def _schema(name: str) -> dict[str, Any]:
    event = EVENTS[name]
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": entry_of(name).meaning,
        "allOf": [{"$ref": "envelope.json"}],
        "properties": {"type": {"const": name}, "data": {"$ref": f"#/$defs/{event.__name__}"}},
        "required": ["type", "data"],
        "$defs": _definitions(event),
    }


def _asyncapi() -> dict[str, Any]:
    entries = {name: entry_of(name) for name in EVENTS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shopfleet events",
            "version": "1",
            "description": "One CloudEvents 1.0 JSON object per record; the key is the subject.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {owner: _channel(owner, entries) for owner in OWNERS},
        "operations": dict(_operations(entries)),
        "components": {
            "messages": {name: _message(name, entry) for name, entry in entries.items()}
        },
    }


def _stated_by(owner: str, entries: dict[str, Entry]) -> list[str]:
    return [name for name, entry in entries.items() if owner in entry.owners]


def _channel(owner: str, entries: dict[str, Entry]) -> dict[str, Any]:
    return {
        "address": topic_of(owner),
        "description": f"What {owner} states, ordered by key.",
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in _stated_by(owner, entries)
        },
    }


def _operations(entries: dict[str, Entry]) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner in OWNERS:
        stated = _stated_by(owner, entries)
        yield f"{owner}.states", _operation("send", owner, stated)
        for service in SERVICES:
            heard = [name for name in stated if service in entries[name].consumers]
            if heard:
                yield f"{service}.hears.{owner}", _operation("receive", owner, heard)


def _operation(action: str, owner: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{owner}"},
        "messages": [{"$ref": f"#/channels/{owner}/messages/{name}"} for name in names],
    }


def _message(name: str, entry: Entry) -> dict[str, Any]:
    return {
        "name": name,
        "title": entry.event.__name__,
        "summary": entry.meaning,
        "contentType": "application/cloudevents+json",
        "bindings": {"kafka": {"key": {"type": "string", "description": entry.key}}},
        "payload": {"$ref": f"schemas/{name}.json"},
    }


def _table() -> str:
    lines = [
        "# Events",
        "",
        f"Every event that the services exchange: {len(EVENTS)} of them, generated from",
        "`shared/contracts`. Each links to its JSON Schema; `events/asyncapi.json` has all of them",
        "with their topics. Within a version fields are only added.",
    ]
    for owner in (*OWNERS, "log"):
        names = [name for name in EVENTS if EVENTS[name].owner() == owner]
        lines += ["", f"## {_heading(owner)}", "", "| event | who hears | key | meaning |"]
        lines += ["|---|---|---|---|", *(_row(name) for name in names)]
    return "\n".join(lines) + "\n"


def _heading(owner: str) -> str:
    if owner == "log":
        return "What every owner's log states of itself, on that owner's topic"
    return f"What {owner} states, on `{topic_of(owner)}`"


def _row(name: str) -> str:
    entry = entry_of(name)
    hears = "all" if entry.consumers == set(SERVICES) else ", ".join(sorted(entry.consumers))
    link = f"[`{name}`](events/schemas/{name}.json)"
    return f"| {link} | {hears} | {entry.key} | {entry.meaning} |"
