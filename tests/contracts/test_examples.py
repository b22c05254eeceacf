"""Every event has golden examples that must decode for ever."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.contracts.catalogue import EVENTS, PARTITIONS, decode, entry_of

EXAMPLES = Path(__file__).parents[2] / "shared" / "contracts" / "examples"
"""`<type>.json`, and `<type>.2.json` and so on once a later release has more members."""


def _files() -> list[Path]:
    return sorted(EXAMPLES.glob("*.json"))


def _type_of(path: Path) -> str:
    owner, fact, version = path.name.split(".")[:3]
    return f"{owner}.{fact}.{version}"


def _wire(path: Path) -> dict[str, Any]:
    wire: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return wire


def _missing(stated: object, kept: object, pointer: str = "") -> list[str]:
    """Return the pointers of what `stated` holds and `kept` does not hold equally."""
    if isinstance(stated, dict) and isinstance(kept, dict):
        return [
            found
            for name, value in stated.items()
            for found in (
                _missing(value, kept[name], f"{pointer}/{name}")
                if name in kept
                else [f"{pointer}/{name}"]
            )
        ]
    if isinstance(stated, list) and isinstance(kept, list) and len(stated) == len(kept):
        return [
            found
            for place, (one, other) in enumerate(zip(stated, kept, strict=True))
            for found in _missing(one, other, f"{pointer}/{place}")
        ]
    return [] if stated == kept else [pointer]


def test_every_event_has_an_example_and_every_example_an_event() -> None:
    assert {_type_of(path) for path in _files()} == set(EVENTS)


def test_examples_survive_decoding_and_encoding() -> None:
    for path in _files():
        wire = _wire(path)

        event = decode(wire["type"], path.read_bytes())
        again = msgspec.json.encode(event)

        assert wire["type"] == _type_of(path)
        assert type(event.data) is EVENTS[wire["type"]], path.name
        assert _missing(wire, json.loads(again)) == [], path.name
        assert decode(wire["type"], again) == event, path.name


def test_examples_are_addressed_by_their_own_data() -> None:
    for path in _files():
        event = decode(_type_of(path), path.read_bytes())

        assert event.subject == event.partitionkey == event.data.key(), path.name
        assert event.time == event.data.occurred_at, path.name
        assert event.receivedat >= event.time, path.name
        assert event.source.removeprefix("/shopfleet/") in entry_of(event.type).owners, path.name
        assert event.sequence.isdecimal(), path.name


def test_members_of_a_newer_owner_are_ignored() -> None:
    for path in _files():
        wire = _wire(path)
        known = decode(wire["type"], path.read_bytes())
        wire["extensionofnextyear"] = "x"
        wire["data"]["member_of_next_year"] = {"deep": [1, 2]}

        assert decode(wire["type"], json.dumps(wire).encode()) == known, path.name


def test_examples_show_every_member() -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for path in _files():
        shown[_type_of(path)] |= set(_wire(path)["data"])

    hidden = {
        name: sorted(set(event.__struct_fields__) - shown[name]) for name, event in EVENTS.items()
    }

    assert {name: members for name, members in hidden.items() if members} == {}


def test_time_without_an_offset_is_refused() -> None:
    path = EXAMPLES / "orders.order_paid.v1.json"
    wire = _wire(path)
    wire["data"]["occurred_at"] = "2026-03-08T20:03:05"

    with pytest.raises(msgspec.ValidationError, match=r"\$\.data\.occurred_at"):
        decode("orders.order_paid.v1", json.dumps(wire).encode())


def test_amount_that_is_no_integer_is_refused() -> None:
    wire = _wire(EXAMPLES / "orders.order_paid.v1.json")
    wire["data"]["paid_minor"] = 233.5

    with pytest.raises(msgspec.ValidationError, match=r"\$\.data\.paid_minor"):
        decode("orders.order_paid.v1", json.dumps(wire).encode())


def test_order_examples_add_up() -> None:
    for name in ("orders.order_placed.v1", "orders.order_amended.v1", "orders.order_paid.v1"):
        data = _wire(EXAMPLES / f"{name}.json")["data"]

        lines = sum(line["amount_minor"] for line in data["lines"])

        assert lines + data["postage_minor"] - data["discount_minor"] == data["total_minor"], name


def test_examples_reach_more_than_one_partition() -> None:
    keys = {_wire(path)["partitionkey"] for path in _files()}

    assert len(keys) > PARTITIONS
