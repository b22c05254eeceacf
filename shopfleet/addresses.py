"""Where the services answer: one URL for all, one each, or the local stack's."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

SERVICES = ("directory", "orders", "promotion", "cs", "inventory", "reporting")
DEFAULT_PORTS: Mapping[str, int] = {name: 8100 + place for place, name in enumerate(SERVICES)}
STATE_FOLDER = ".shopfleet"
ADDRESSES_FILE = "addresses.json"
TOKEN_FILE = "token"  # noqa: S105 - a file's name
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

Addresses = Mapping[str, str]
"""The base URL of each service, without a slash at the end."""


class AddressError(ValueError):
    """SHOPFLEET_URL is no URL, or names a service that there is not."""


def addresses_of(text: str) -> Addresses:
    """Read one base URL, or `orders=http://…,directory=http://…` for several.

    A base URL that is one service of the stack on this machine stands for the whole stack; any
    other serves all paths, as the reverse proxy does. Raises AddressError.
    """
    if "=" in text.split("://", 1)[0]:
        return _several(text)
    url = _checked(text)
    for known in (local_addresses(), _default_addresses()):
        if any(_is_same_place(url, address) for address in known.values()):
            return known
    return dict.fromkeys(SERVICES, url)


def addresses_from_environment() -> Addresses:
    """Read SHOPFLEET_URL; without it the local stack, running or not. Raises AddressError."""
    text = os.environ.get("SHOPFLEET_URL", "").strip()
    return addresses_of(text) if text else local_addresses() or _default_addresses()


def token_from_environment() -> str | None:
    """Read SHOPFLEET_TOKEN, else the token that the local stack printed."""
    token = os.environ.get("SHOPFLEET_TOKEN", "").strip()
    if token:
        return token
    folder = state_folder()
    try:
        return (folder / TOKEN_FILE).read_text().strip() or None if folder else None
    except OSError:
        return None


def state_folder() -> Path | None:
    """Find the local stack's state: in this folder or one above; None if there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / STATE_FOLDER / ADDRESSES_FILE).is_file():
            return folder / STATE_FOLDER
    return None


def local_addresses() -> dict[str, str]:
    """Read where the local stack last answered; empty if there is none."""
    folder = state_folder()
    if folder is None:
        return {}
    try:
        found = json.loads((folder / ADDRESSES_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return {name: str(found[name]) for name in SERVICES if name in found}


def _default_addresses() -> dict[str, str]:
    return {name: f"http://127.0.0.1:{port}" for name, port in DEFAULT_PORTS.items()}


def _several(text: str) -> Addresses:
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, url = part.partition("=")
        if name not in SERVICES:
            raise AddressError(f"{name!r} is no service; there are {', '.join(SERVICES)}")
        found[name] = _checked(url)
    return found


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressError(f"{url!r} is no http address")
    return url.rstrip("/")


def _is_same_place(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    hosts = {first.hostname, second.hostname}
    is_same_host = len(hosts) == 1 or hosts <= LOCAL_HOSTS
    return is_same_host and first.port == second.port and first.path == second.path
