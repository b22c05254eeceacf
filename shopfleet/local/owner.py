"""The owner's account of a stack on this machine: made with the bootstrap secret, then a token."""

import asyncio
import contextlib
import time
from collections.abc import Iterable

from shopfleet import calls
from shopfleet.addresses import Addresses
from shopfleet.client import AsyncClient
from shopfleet.local.supervisor import StackFailedError
from shopfleet.problems import ConflictError, ForbiddenError, UnauthenticatedError

OWNER = "admin"
TOKEN_SECONDS = 7 * 24 * 3600
TOKEN_KNOWN_SECONDS = 30.0
POLL_SECONDS = 0.1


async def issue_owner_token(addresses: Addresses, bootstrap_secret: str) -> str:
    """Make the owner's account, unless it is there, and issue a token; raises ShopfleetError."""
    owner = {
        "staff_number": OWNER,
        "name": "Administrator",
        "roles": ["administrator"],
        "stores": None,
    }
    async with AsyncClient(addresses, token=bootstrap_secret) as client:
        with contextlib.suppress(ConflictError):  # somebody has changed the account since
            await client.send(calls.post("directory", "/v1/staff", owner))
        answer = await client.send(calls.issue_token(OWNER, expires_in=TOKEN_SECONDS))
    return str(answer["token"])


async def wait_until_known(client: AsyncClient, services: Iterable[str]) -> None:
    """Wait until services have heard of the key, the account and the roles of the client's token.

    They come by different partitions, in any order. Raises StackFailedError.
    """
    deadline = time.monotonic() + TOKEN_KNOWN_SECONDS
    for service in services:
        call = calls.get(service, f"/v1/audit/{service}", limit=1)
        while True:
            try:
                await client.send(call)
                break
            except (UnauthenticatedError, ForbiddenError) as error:
                if time.monotonic() > deadline:
                    told = f"{service} does not know directory's accounts"
                    raise StackFailedError(f"{told}: {error}") from error
            await asyncio.sleep(POLL_SECONDS)
