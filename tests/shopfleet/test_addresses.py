"""Where SHOPFLEET_URL leads."""

import json
from pathlib import Path

import pytest

from shopfleet.addresses import (
    SERVICES,
    AddressError,
    addresses_from_environment,
    addresses_of,
    token_from_environment,
)

LOCAL = {name: f"http://127.0.0.1:{9000 + place}" for place, name in enumerate(SERVICES)}


@pytest.fixture
def local_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where a local stack has run, and below which we stand."""
    state = tmp_path / ".shopfleet"
    state.mkdir()
    (state / "addresses.json").write_text(json.dumps(LOCAL))
    (state / "token").write_text("local-token\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.delenv("SHOPFLEET_URL", raising=False)
    monkeypatch.delenv("SHOPFLEET_TOKEN", raising=False)
    return state


def test_one_url_serves_every_service() -> None:
    found = addresses_of("https://shops.example/api/")

    assert set(found) == set(SERVICES)
    assert set(found.values()) == {"https://shops.example/api"}


def test_several_urls_are_named() -> None:
    found = addresses_of("orders=http://o:1, directory=http://d:2/")

    assert found == {"orders": "http://o:1", "directory": "http://d:2"}


@pytest.mark.parametrize("text", ["shops.example", "ftp://x", "tills=http://x:1", "http://"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        addresses_of(text)


def test_one_service_of_the_local_stack_leads_to_all(local_stack: Path) -> None:
    found = addresses_of("http://localhost:9001")

    assert local_stack.exists()
    assert found == LOCAL


def test_a_default_port_leads_to_all_default_ports() -> None:
    assert addresses_of("http://127.0.0.1:8101")["reporting"] == "http://127.0.0.1:8105"


def test_the_local_stack_is_found_from_a_folder_below(local_stack: Path) -> None:
    assert local_stack.exists()
    assert addresses_from_environment() == LOCAL
    assert token_from_environment() == "local-token"


def test_the_environment_comes_first(local_stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLEET_URL", "https://shops.example")
    monkeypatch.setenv("SHOPFLEET_TOKEN", "mine")

    assert local_stack.exists()
    assert addresses_from_environment()["orders"] == "https://shops.example"
    assert token_from_environment() == "mine"
