"""The rules that every event keeps: names, calendars, money, and no personal data."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

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


@pytest.fixture(params=EVENTS.values(), ids=list(EVENTS))
def event(request: pytest.FixtureRequest) -> type[Event]:
    found: type[Event] = request.param
    return found


def test_wire_name_is_owner_fact_and_version(event: type[Event]) -> None:
    fact = re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"V\d+$", "", event.__name__)).lower()
    version = re.search(r"V(\d+)$", event.__name__)

    assert event.type == f"{event.owner()}.{fact}.v{version[1] if version else 1}"


def test_event_is_declared_by_its_owner(event: type[Event]) -> None:
    module = event.__module__.rpartition(".")[2]

    assert module.partition("_")[0] == event.owner()


def test_no_member_is_named_after_a_buyers_person(event: type[Event]) -> None:
    members = _members(event)

    assert [name for name in members if PERSONAL.search(name)] == []
    assert {name for name in members if "buyer" in name} <= OF_BUYERS


def test_event_of_a_store_carries_its_calendar(event: type[Event]) -> None:
    if issubclass(event, StoreEvent):
        assert {"store_id", "timezone", "day_start"} <= set(event.__struct_fields__)
    else:
        assert event.owner() in {"directory", "log"} or "store_id" not in _required(event)


def _required(event: type[Event]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(event) if field.required}


def test_money_is_whole_minor_units_of_a_stated_currency(event: type[Event]) -> None:
    structs = _structs(event).values()
    amounts = [
        schema
        for struct in structs
        for name, schema in struct.get("properties", {}).items()
        if name.endswith("_minor")
    ]

    assert all('"number"' not in json.dumps(struct["properties"]) for struct in structs)
    assert all("integer" in json.dumps(amount) for amount in amounts)
    assert not amounts or event.owner() == "log" or "currency" in event.__struct_fields__


def test_times_demand_an_offset(event: type[Event]) -> None:
    for struct in _structs(event).values():
        for name, schema in struct["properties"].items():
            if name.endswith("_at"):
                assert "date-time" in json.dumps(schema), name


def test_event_says_what_it_means_and_which_order_matters(event: type[Event]) -> None:
    entry = entry_of(event.type)

    assert entry.meaning.endswith((".", "…"))
    assert entry.key.startswith("Order ")


def test_topics_cannot_collide_in_metric_names() -> None:
    topics = [topic_of(owner) for owner in OWNERS]

    assert all(re.fullmatch(r"[a-z]+-events", topic) for topic in topics)
    assert len(set(topics)) == len(topics)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_no_example_holds_a_telephone_number(path: Path) -> None:
    assert re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", path.read_text(encoding="utf-8")) == []
