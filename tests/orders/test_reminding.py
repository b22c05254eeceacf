"""What comes to be late is stated once, also after hours in which no clock ran."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from services.directory.thresholds.catalogue import effective
from services.orders.jobs import CLOCKS
from services.orders.messages.reminders import REMINDERS
from services.orders.usecases import reminding
from shared.db.engine import Database
from shared.jobs import run_if_due
from tests.support.applications import open_store
from tests.support.orders import a_payment, a_shipment, payloads_of, stated, types_of

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


async def remind_all(database: Database) -> dict[str, int]:
    told = {}
    for worklist in REMINDERS:
        async with database.transaction() as session:
            told[worklist] = await reminding.remind(session, worklist)
    return told


async def test_unpaid_order_is_told_of_once_per_level(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stated(client, placed_at=ago(13), agent="S7")
    await stated(client, external_id="A-2", placed_at=ago(1))

    first = await remind_all(database)
    again = await remind_all(database)
    await open_store(
        database, "s1", version=2, settings={**effective({}), "orders.chase_open_hours": 13}
    )
    later = await remind_all(database)

    assert (first["unpaid"], first["unpaid_open"]) == (1, 0)
    assert sum(again.values()) == 0
    assert (later["unpaid"], later["unpaid_open"]) == (0, 1)
    owner, anyone = (await payloads_of(database))[2:]
    assert (owner["level"], anyone["level"]) == ("owner", "open")
    assert (owner["agent"], owner["total_minor"]) == ("S7", 6050)
    assert moment(owner["occurred_at"]) == NOW - timedelta(hours=1), "when it came to be late"


async def test_shipping_and_follow_up_are_told_of(
    client: httpx.AsyncClient, database: Database
) -> None:
    payments = [a_payment(paid_at=ago(100))]
    parcel = a_shipment(shipped_at=ago(99))
    await stated(client, placed_at=ago(100), payments=payments)
    await stated(
        client,
        external_id="A-2",
        placed_at=ago(100),
        payments=payments,
        shipments=[parcel],
        delivered_at=ago(80),
    )

    told = await remind_all(database)

    assert told == {"unpaid": 0, "unpaid_open": 0, "shipping_overdue": 1, "to_follow_up": 1}
    overdue, follow_up = (await payloads_of(database))[-2:]
    told_before = zip(await types_of(database), await payloads_of(database), strict=True)
    deadlines = {name: event.get("ship_by") for name, event in told_before}
    assert deadlines["order_paid"] == deadlines["order_shipped"] == overdue["ship_by"]
    assert moment(overdue["ship_by"]) == moment(overdue["occurred_at"]) == NOW - timedelta(hours=76)
    assert overdue["status"] == "paid"
    assert moment(follow_up["occurred_at"]) == NOW - timedelta(hours=8)


async def test_history_and_what_is_done_start_no_clock(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stated(client, placed_at=ago(50), backfill=True)
    await stated(client, external_id="A-2", placed_at=ago(50), cancelled_at=ago(1))

    assert sum((await remind_all(database)).values()) == 0


async def test_more_than_fit_one_transaction_are_all_told_of(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.orders.jobs.MOST", 2)
    monkeypatch.setattr(reminding, "MOST", 2)
    for number in range(5):
        await stated(client, external_id=f"A-{number}", placed_at=ago(20))
    clocks = [clock for clock in CLOCKS if clock.name == "remind_unpaid"]

    ran = await asyncio.gather(*(run_if_due(database, clock) for clock in clocks * 3))

    assert sum(ran) == 1
    assert (await types_of(database)).count("payment_overdue") == 5


async def test_payment_under_way_is_not_called_overdue(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stated(client, placed_at=ago(13))
    async with database.transaction() as paying, database.transaction() as clock:
        await paying.execute(text("SELECT FROM orders FOR UPDATE"))

        assert await reminding.remind(clock, "unpaid") == 0


def moment(told: str) -> datetime:
    return datetime.fromisoformat(told)
