"""What services hear is what was agreed: no more, and from its owner."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalogue import EVENTS, OWNERS, entry_of
from shared.contracts.consumers import CONSUMERS, GROUPS, SERVICES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return what each service declares of itself, by name."""
    return {
        path.parent.name: importlib.import_module(f"services.{path.parent.name}.app").SERVICE
        for path in sorted(ROOT.glob("services/*/app.py"))
    }


def test_every_event_is_agreed_on_once() -> None:
    declared = [event.type for group in GROUPS for event in group]

    assert len(declared) == len(set(declared))
    assert set(declared) == set(EVENTS) == set(CONSUMERS)


def test_every_event_has_a_known_owner_and_somebody_who_hears_it() -> None:
    for name in EVENTS:
        entry = entry_of(name)
        assert entry.owners, name
        assert set(entry.owners) <= set(OWNERS), name
        assert entry.consumers, name
        assert entry.consumers <= set(SERVICES), name


def test_reporting_hears_everything_and_states_nothing() -> None:
    assert all("reporting" in consumers for consumers in CONSUMERS.values())
    assert "reporting" not in OWNERS


def test_no_service_but_directory_hears_itself() -> None:
    for name, consumers in CONSUMERS.items():
        owner = EVENTS[name].owner()
        assert owner == "directory" or owner not in consumers, name


def test_services_hear_what_was_agreed_and_no_more(services: dict[str, Any]) -> None:
    for name, service in services.items():
        heard = {type_name for sub in service.subscriptions for type_name in sub.applier.types}

        assert heard <= set(EVENTS), f"{name} hears an event that nobody states"
        assert heard <= {type_name for type_name in EVENTS if name in CONSUMERS[type_name]}, name
        # directory writes its own replica in the transaction of the change
        assert heard or name == "directory", f"{name} keeps not even the registry's replica"


def test_subscriptions_read_the_topics_of_what_they_hear(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for subscription in service.subscriptions:
            owners = {
                owner
                for type_name in subscription.applier.types
                for owner in entry_of(type_name).owners
                if EVENTS[type_name].owner() != "log"
            }

            assert owners <= set(subscription.owners), f"{name}: {subscription.reader}"


def test_readers_of_a_service_are_told_apart(services: dict[str, Any]) -> None:
    for name, service in services.items():
        readers = [subscription.reader for subscription in service.subscriptions]

        assert len(readers) == len(set(readers)), name


def test_services_that_own_events_keep_a_log(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service.name == name
        assert service.states_events == (name in OWNERS)
