"""Opening the demo stores, so that orders can be sent to them."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.problems import ShopfleetError
from shopfleet.simulate.shops import Shop

KNOWN_WITHIN_SECONDS = 30.0
POLL_SECONDS = 0.2


async def open_shops(client: AsyncClient, shops: Sequence[Shop]) -> None:
    """Open the stores and wait until orders knows them; does nothing for those that are open.

    Raises ShopfleetError, also when orders does not hear of them within half a minute.
    """
    for shop in shops:
        await client.send(calls.open_store(shop.store()))
    deadline = time.monotonic() + KNOWN_WITHIN_SECONDS
    while reason := await _reason_against(client, shops):
        if time.monotonic() > deadline:
            raise ShopfleetError(f"orders does not take orders of the demo stores: {reason}")
        await asyncio.sleep(POLL_SECONDS)


async def _reason_against(client: AsyncClient, shops: Sequence[Shop]) -> str:
    """Ask by a dry run whether orders of these stores would be taken; empty if they would."""
    now = datetime.now(UTC).isoformat()
    rows = [
        {
            "store_id": shop.store_id,
            "external_id": "is-the-store-known",
            "placed_at": now,
            "total": "1.00",
        }
        for shop in shops
    ]
    answer = await client.send(calls.place_orders(rows, is_dry_run=True))
    refused = (error.detail for row in answer.outcomes for error in row.errors)
    return next(refused, "")
