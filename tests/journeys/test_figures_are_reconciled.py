"""Orders tell what their tables say; reporting holds its sums against it and names what differs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from services.orders.usecases.digesting import state_digest
from services.reporting.projections.hearing import Hearing
from services.reporting.reconcile import reconcile
from services.reporting.routes.reconciliation import router
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.log import DigestStated
from shared.contracts.orders import OrderPaid
from shared.db.engine import Database
from shared.log.positions import save_passed
from shared.log.writer import hold_writers, state
from tests.reporting.lives import enveloped
from tests.support.applications import an_application, open_store
from tests.support.databases import Databases
from tests.support.orders import a_payment, a_refund, an_order, orders_client

PLACED, PAID, REFUNDED = (("orders", kind) for kind in ("placed", "paid", "refunded"))
LOG_ID = "0195727e-6c00-7c3a-9d41-5f0b1e2a7c88"


class Slice:
    """Orders and reporting, with the log carried from one to the other by hand."""

    def __init__(self, orders: Database, reporting: Database, client: httpx.AsyncClient) -> None:
        self.orders = orders
        self.reporting = reporting
        self.client = client
        self.carried = 0

    async def order(self, number: str, **values: Any) -> None:
        """Post an order."""
        answer = await self.client.post("/v1/orders", json=an_order(number, **values))
        assert answer.status_code == 201, answer.text

    async def digest(self) -> int:
        """State a digest as orders' clock does."""
        async with self.orders.transaction() as session:
            return await state_digest(session)

    async def carry(self) -> list[CloudEvent[Event]]:
        """Apply what reporting has not heard yet."""
        async with self.orders.transaction() as session:
            found = await session.execute(
                text("SELECT id, type, payload FROM event_log WHERE id > :after ORDER BY id"),
                {"after": self.carried},
            )
            rows = found.all()
        events = [
            enveloped(msgspec.json.decode(payload, type=EVENTS[name]), number)
            for number, name, payload in rows
        ]
        self.carried = max((number for number, *_ in rows), default=self.carried)
        await self.apply(events)
        return events

    async def apply(self, events: Sequence[CloudEvent[Event]]) -> None:
        """Let events take effect, and note that all up to now has."""
        async with self.reporting.transaction() as session:
            await Hearing().apply(session, events)
            now = datetime.now(UTC) + timedelta(seconds=1)
            await save_passed(session, "reporting", "orders", LOG_ID, now)  # type: ignore[arg-type]

    async def reconcile(self) -> dict[tuple[str, str], int]:
        """Look as reporting's clock does; return the hours that differ for certain."""
        async with self.reporting.transaction() as session:
            return await reconcile(session, is_whole=True)

    async def let_time_pass(self) -> None:
        """Make what is suspected older than any difference between two clocks."""
        async with self.reporting.transaction() as session:
            await session.execute(
                text("UPDATE digest_line SET suspected_at = suspected_at - interval '5 minutes'")
            )
        async with self.orders.transaction() as session:
            await session.execute(
                text("UPDATE orders SET updated_at = updated_at - interval '5 minutes'")
            )


@pytest.fixture
async def stage(
    databases: Databases, orders_database: Database, reporting_database: Database
) -> AsyncIterator[Slice]:
    await databases.empty(orders_database)
    await databases.empty(reporting_database)
    await open_store(reporting_database, "s1")
    async with orders_client(orders_database) as client:
        yield Slice(orders_database, reporting_database, client)


async def paid_orders(stage: Slice) -> None:
    """Two paid orders, one of them partly refunded, and one unpaid."""
    back = a_refund("10.00", approved_at="2026-11-22T11:00:00+08:00",
                    paid_at="2026-11-22T12:00:00+08:00")  # fmt: skip
    await stage.order("A-1", payments=[a_payment()], refunds=[back])
    await stage.order("A-2", payments=[a_payment()], placed_at="2026-11-20T19:10:00+08:00")
    await stage.order("A-3")


async def test_a_digest_says_what_the_tables_say_and_the_sums_agree(stage: Slice) -> None:
    await paid_orders(stage)

    assert await stage.digest() == 6  # two hours of three kinds
    events = await stage.carry()
    await stage.reconcile()
    await stage.let_time_pass()
    await stage.digest()
    await stage.carry()

    digest = next(event.data for event in events if isinstance(event.data, DigestStated))
    told = {(line.hour, line.kind): (line.count, line.sum_minor) for line in digest.lines}
    evening = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert told[evening, "placed"] == (2, 12_100)
    assert told[evening, "paid"] == (1, 6_050)
    assert told[evening, "refunded"] == (1, 1_000)
    assert told[evening - timedelta(hours=1), "paid"] == (1, 6_050)
    assert await stage.reconcile() == {}


async def test_a_row_taken_from_the_sums_is_drift_after_the_next_digest(stage: Slice) -> None:
    await paid_orders(stage)
    await stage.digest()
    await stage.carry()
    async with stage.reporting.transaction() as session:
        await session.execute(text("UPDATE store_hour SET paid_minor_by_order = 1"))

    suspected = await stage.reconcile()
    await stage.let_time_pass()
    await stage.digest()
    await stage.carry()

    assert suspected == {}  # it could be on its way
    assert await stage.reconcile() == {PAID: 2}


async def test_an_event_that_is_late_is_suspected_and_cleared(stage: Slice) -> None:
    await paid_orders(stage)
    await stage.digest()
    events = [event for event in await _held_back(stage) if isinstance(event.data, OrderPaid)]
    await stage.reconcile()
    await stage.let_time_pass()

    await stage.apply(events)
    await stage.digest()
    await stage.carry()

    assert await stage.reconcile() == {}


async def _held_back(stage: Slice) -> list[CloudEvent[Event]]:
    """Carry everything but payments; return what was held back."""
    apply = stage.apply
    held: list[CloudEvent[Event]] = []

    async def without_payments(events: Sequence[CloudEvent[Event]]) -> None:
        held.extend(event for event in events if isinstance(event.data, OrderPaid))
        await apply([event for event in events if not isinstance(event.data, OrderPaid)])

    stage.apply = without_payments  # type: ignore[method-assign]
    await stage.carry()
    stage.apply = apply  # type: ignore[method-assign]
    return held


async def test_the_route_names_the_hour_and_adds_up(stage: Slice) -> None:
    await paid_orders(stage)
    await stage.digest()
    await stage.carry()
    async with stage.reporting.transaction() as session:
        await session.execute(text("DELETE FROM store_hour WHERE orders_placed = 1"))
    await stage.reconcile()
    await stage.let_time_pass()
    await stage.digest()
    await stage.carry()

    async with an_application("reporting", stage.reporting, (router,)) as client:
        answer = (await client.get("/v1/reconciliation")).json()

    kinds = {kind["kind"]: kind for kind in answer["kinds"]}
    assert kinds["placed"]["accepted"] == 3
    assert kinds["placed"]["reported"] + kinds["placed"]["pending"] == 3
    assert kinds["placed"]["drifting_hours"] == 1
    assert kinds["refunded"]["drifting_hours"] == 0
    assert {found["hour"] for found in answer["differences"]} == {"2026-11-20T11:00:00Z"}
    assert answer["parked"] == 0


async def test_a_caller_sees_their_own_stores_only(stage: Slice) -> None:
    await paid_orders(stage)
    await stage.digest()
    await stage.carry()

    async with an_application("reporting", stage.reporting, (router,), stores=["s9"]) as client:
        own = await client.get("/v1/reconciliation")
        other = await client.get("/v1/reconciliation", params={"stores": "s1"})

    assert own.json()["kinds"] == []
    assert other.status_code == 403


async def test_a_digest_waits_for_writers_and_writers_wait_for_it(stage: Slice) -> None:
    database = stage.orders
    async with asyncio.timeout(20):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO digested_until (until) VALUES (now())"))
            await state(session, DigestStated(occurred_at=datetime.now(UTC), service="x", lines=[]))
            waiting = asyncio.ensure_future(stage.digest())
            await asyncio.sleep(0.3)
            assert not waiting.done()
        await waiting

        async with database.transaction() as session:
            await hold_writers(session)
            posting = asyncio.ensure_future(stage.order("B-1"))
            await asyncio.sleep(0.3)
            assert not posting.done()
        await posting
