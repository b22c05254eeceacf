"""What is not paid in time falls back, and a late payment meets it or does not."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.inventory.handlers import APPLIER
from services.inventory.usecases.expiring import expire_reservations, retry_rejected
from shared.db.engine import Database
from tests.support.eventually import eventually
from tests.support.hearing import hear, told, wired
from tests.support.order_events import OrderStory
from tests.support.orders import types_of
from tests.support.stock import level_of, move, stocked


async def test_expiry_frees_and_leaves_paid_orders_alone(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=2)
    long_ago = datetime.now(UTC) - timedelta(hours=73)
    late, paid, fresh = (OrderStory(name) for name in ("late", "paid", "fresh"))
    await hear(
        database,
        late.placed(("tea", 1), occurred_at=long_ago),
        paid.placed(("tea", 1), occurred_at=long_ago),
        paid.paid(("tea", 1)),
        fresh.placed(("tea", 1)),
    )

    async with database.transaction() as session:
        looked = await expire_reservations(session)
    async with database.transaction() as session:
        again = await expire_reservations(session)

    assert (looked, again) == (1, 0)
    [released] = await told(database, "stock_released")
    assert (released["order_id"], released["reason"]) == ("late", "expired")
    assert (await level_of(client))["reserved"] == 1


@pytest.mark.parametrize("first", ["payment", "expiry"])
async def test_expiry_and_a_late_payment_race_and_one_wins(
    client: httpx.AsyncClient, database: Database, first: str
) -> None:
    await stocked(client, tea=1)
    story = OrderStory()
    long_ago = datetime.now(UTC) - timedelta(hours=73)
    await hear(database, story.placed(("tea", 1), occurred_at=long_ago))

    async def expire() -> None:
        async with database.transaction() as session:
            await expire_reservations(session)

    async def hold_and(other: Any) -> None:
        """Let the other begin while this one's transaction is open, then commit."""
        async with database.transaction() as session:
            if first == "expiry":
                await expire_reservations(session)
            else:
                await APPLIER.apply(session, wired(story.paid(("tea", 1))))
            running.append(asyncio.ensure_future(other))
            await waits(database, first)

    running: list[asyncio.Future[None]] = []
    await hold_and(hear(database, story.paid(("tea", 1))) if first == "expiry" else expire())
    await asyncio.gather(*running)

    names = Counter(await types_of(database))
    outcomes = (names["reservation_confirmed"], names["stock_released"], names["stock_reserved"])
    assert outcomes == ((1, 0, 1) if first == "payment" else (0, 1, 2))
    assert (await level_of(client))["reserved"] == 1


async def waits(database: Database, first: str) -> None:
    """Wait until the second one waits for the first; the clock passes over what is locked."""
    if first == "payment":
        return
    asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    async def has_waiting() -> bool:
        async with database.looking() as session:
            return bool((await session.execute(asked)).scalar_one())

    await eventually(has_waiting)


async def test_a_paid_order_that_fell_short_gets_what_comes_in_the_oldest_first(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=0, cup=0)
    await move(client, quantity=1)
    first, second, unpaid = (OrderStory(name) for name in ("first", "second", "unpaid"))
    for story in (first, second):
        await hear(database, story.placed(("tea", 2)), story.paid(("tea", 2)))
    await hear(database, unpaid.placed(("tea", 2)))
    rejected = len(await told(database, "stock_rejected"))

    async def retried() -> int:
        async with database.transaction() as session:
            return await retry_rejected(session)

    idle = await retried()
    await move(client, quantity=2)
    looked, again = await retried(), await retried()

    assert (idle, looked, again) == (0, 2, 0)
    assert [each["order_id"] for each in await told(database, "stock_reserved")] == ["first"]
    assert len(await told(database, "stock_rejected")) == rejected, "no second word of the same"
    assert (await level_of(client))["available"] == 1
