"""What commands share: the client that the environment describes, and how a command fails."""

import sys
from typing import NoReturn

from rich.console import Console

from shopfleet.addresses import (
    AddressError,
    addresses_from_environment,
    token_from_environment,
)
from shopfleet.client import AsyncClient, Client
from shopfleet.importers.drafts import SourceError
from shopfleet.local.state import AlreadyRunningError
from shopfleet.problems import ForbiddenError, ShopfleetError, UnauthenticatedError

FAILED = 2
"""The exit code of a command that could not do what was asked."""

EXPECTED_ERRORS = (ShopfleetError, SourceError, AddressError, AlreadyRunningError, OSError)
"""What may go wrong without being a bug: told in one line."""

STATUS = Console(stderr=True)
"""Where progress and remarks go, so that the output proper can be piped."""


def open_client() -> Client:
    """Return a client for SHOPFLEET_URL with SHOPFLEET_TOKEN; raises AddressError."""
    return Client(addresses_from_environment(), token=token_from_environment())


def open_async_client() -> AsyncClient:
    """Return an async client for SHOPFLEET_URL with SHOPFLEET_TOKEN; raises AddressError."""
    return AsyncClient(addresses_from_environment(), token=token_from_environment())


def fail(error: BaseException) -> NoReturn:
    """Say in one line what went wrong and leave with exit code 2."""
    hint = ""
    if isinstance(error, UnauthenticatedError):
        hint = " (set SHOPFLEET_TOKEN; `shopfleet token` issues one)"
    if isinstance(error, ForbiddenError):
        hint = " (the token of SHOPFLEET_TOKEN does not allow it)"
    text = " ".join(str(error).split()) or type(error).__name__
    sys.stderr.write(f"shopfleet: {text}{hint}\n")
    sys.exit(FAILED)
