"""The rules that every event keeps: names, calendars, money, and no personal data."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from shared.contracts.catalogue import EVENTS, OWNERS, entry_of, topic_of
from shared.contracts.envelope import Event, StoreEvent

EXAMPLES = Path(__file__).parents[2] / "shared" / "contracts" / "examples"

PERSONAL = re.compile(
    r"phone|mobile|address|receiver|recipient|consignee|email|mail$|account|nick|birth|card_no|"
    r"id_number|latitude|longitude|street|buyer_name|customer_name|message_text|wechat|qq"
)
"""Names of members that would hold a buyer's person."""

OF_BUYERS = {"buyer_key", "buyer_freight_minor", "buyer", "per_buyer"}
"""The members about buyers: the keyed hash, who pays a freight, counts of messages and limits."""


def _structs(event: type[Event]) -> dict[str, dict[str, Any]]:
    """Return the schemas of an event's struct and of all structs in it, by name."""
    return msgspec.json.schema_components([event])[1]


def _members(event: type[Event]) -> set[str]:
    return {
        member for struct in _structs(event).values() for member in struct.get("properties", {})
    }


def _required(event: type[Event]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(event) if field.required}


def _wire_name(event: type[Event]) -> str:
    fact = re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"V\d+$", "", event.__name__)).lower()
    version = re.search(r"V(\d+)$", event.__name__)
    return f"{event.owner()}.{fact}.v{version[1] if version else 1}"


def test_wire_names_are_owner_fact_and_version() -> None:
    assert {name: name for name in EVENTS} == {
        event.type: _wire_name(event) for event in EVENTS.values()
    }


def test_events_are_declared_by_their_owners() -> None:
    modules = {
        name: event.__module__.rpartition(".")[2].partition("_")[0]
        for name, event in EVENTS.items()
    }

    assert modules == {name: event.owner() for name, event in EVENTS.items()}


def test_no_member_is_named_after_a_buyers_person() -> None:
    members = {name: _members(event) for name, event in EVENTS.items()}
    personal = {
        name: [each for each in found if PERSONAL.search(each)] for name, found in members.items()
    }

    assert {name: found for name, found in personal.items() if found} == {}
    assert {each for found in members.values() for each in found if "buyer" in each} <= OF_BUYERS


def test_events_of_a_store_carry_its_calendar() -> None:
    calendar = {"store_id", "timezone", "day_start"}
    lacking = [
        name
        for name, event in EVENTS.items()
        if (
            not calendar <= set(event.__struct_fields__)
            if issubclass(event, StoreEvent)
            else event.owner() not in {"directory", "log"} and "store_id" in _required(event)
        )
    ]

    assert lacking == []


def test_money_is_whole_minor_units_of_a_stated_currency() -> None:
    for name, event in EVENTS.items():
        structs = _structs(event).values()
        amounts = [
            schema
            for struct in structs
            for member, schema in struct.get("properties", {}).items()
            if member.endswith("_minor")
        ]

        assert all('"number"' not in json.dumps(struct["properties"]) for struct in structs), name
        assert all("integer" in json.dumps(amount) for amount in amounts), name
        is_stated = event.owner() == "log" or "currency" in event.__struct_fields__
        assert not amounts or is_stated, name


def test_times_demand_an_offset() -> None:
    times = {
        f"{name}/{member}": json.dumps(schema)
        for name, event in EVENTS.items()
        for struct in _structs(event).values()
        for member, schema in struct["properties"].items()
        if member.endswith("_at")
    }

    assert len(times) > len(EVENTS)
    assert [name for name, schema in times.items() if "date-time" not in schema] == []


def test_events_say_what_they_mean_and_which_order_matters() -> None:
    entries = {name: entry_of(name) for name in EVENTS}

    assert [name for name, entry in entries.items() if not entry.meaning.endswith((".", "…"))] == []
    assert [name for name, entry in entries.items() if not entry.key.startswith("Order ")] == []


def test_topics_cannot_collide_in_metric_names() -> None:
    topics = [topic_of(owner) for owner in OWNERS]

    assert all(re.fullmatch(r"[a-z]+-events", topic) for topic in topics)
    assert len(set(topics)) == len(topics)


def test_no_example_holds_a_telephone_number() -> None:
    number = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
    paths = sorted(EXAMPLES.glob("*.json"))

    assert len(paths) >= len(EVENTS)
    assert [path.name for path in paths if number.search(path.read_text(encoding="utf-8"))] == []
