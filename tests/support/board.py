"""The board as a visitor meets it: reporting as it runs, its data, and a watched page."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from playwright.async_api import Browser, expect

from shared.contracts.directory import StaffStated, StoreStated
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.log.positions import save_passed
from shared.registry.replica import keep
from tests.reporting.board.day import an_order, count
from tests.reporting.clearing import clear
from tests.reporting.facts import a_parcel
from tests.support.applications import a_token
from tests.support.browser import Watched, a_page
from tests.support.postgres import scratch_folder
from tests.support.processes import running_service

LIVE_SECONDS = 2.0
expect.set_options(timeout=20_000)  # pages load slowly where many tests run
PAID = '[data-metric="paid_amount"] .value'
PHONE = {"width": 375, "height": 812}


@dataclass
class Board:
    """Reporting as it runs, and what its stores have sold."""

    url: str
    database: Database

    async def token(self, stores: list[str] | None = None) -> str:
        return await a_token(self.database, scopes=["reports:read"], stores=stores)

    async def sell(self, store: StoreStated, minor: int, **values: Any) -> None:
        moment = utc_now() - timedelta(seconds=1)
        await count(self.database, an_order(store, moment, minor, paid_at=moment, **values))

    async def send(self, store: StoreStated, *, hours: int) -> None:
        """Ship an order, so many hours after it was paid."""
        moment = utc_now() - timedelta(seconds=1)
        paid = moment - timedelta(hours=hours)
        order = an_order(store, paid, 1_000, paid_at=paid)
        parcel = a_parcel(order[0], moment, paid_at=paid, ship_by=paid + timedelta(hours=24))
        await count(self.database, [parcel])

    async def paid(self, token: str, store_id: str) -> str:
        """What the API says a store was paid today."""
        value: str = await self.told(token, store_id, "paid_amount")
        return value

    async def told(self, token: str, store_id: str, metric: str) -> Any:
        """What the API says of a store today."""
        day = (utc_now() + timedelta(hours=8)).date()
        query = {"stores": store_id, "from": f"{day}", "to": f"{day + timedelta(days=1)}"}
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.get(
                "/v1/kpis",
                params={**query, "metrics": metric},
                headers={"Authorization": f"Bearer {token}"},
            )
        return answer.raise_for_status().json()["rows"][0]["values"][metric]["value"]


@pytest.fixture(scope="module")
def server(reporting_database: Database) -> Iterator[str]:
    url = reporting_database.url.set(drivername="postgresql")
    with (
        scratch_folder() as folder,
        running_service("reporting", url.render_as_string(hide_password=False), folder) as (
            address,
            _,
        ),
    ):
        yield address


@pytest.fixture
async def board(server: str, reporting_database: Database) -> Board:
    await clear(reporting_database)
    return Board(server, reporting_database)


@pytest.fixture
async def visitor(chromium: Browser, server: str) -> AsyncIterator[Watched]:
    """A visitor who speaks English; asks no other host for anything, and has no errors."""
    async with a_page(chromium, locale="en-US") as watched:
        yield watched
        assert watched.hosts == {server.removeprefix("http://")}
        assert watched.complaints == []


async def open_board(watched: Watched, board: Board, token: str, path: str = "/board") -> None:
    await watched.page.goto(f"{board.url}/board?token={token}")
    if path != "/board":
        await watched.page.goto(f"{board.url}{path}")


async def pass_watermark(database: Database, moment: datetime) -> None:
    """Let reporting have passed what orders committed before a moment."""
    async with database.transaction() as session:
        await save_passed(session, "reporting", "orders", uuid4(), moment)


async def disable(database: Database, token: str) -> None:
    """Disable the account of a token."""
    claims = jwt.decode(token, options={"verify_signature": False})
    stated = StaffStated(
        occurred_at=utc_now(), staff_number=claims["sub"], name="Test", roles=[], stores=None,
        is_enabled=False, version=2,
    )  # fmt: skip
    async with database.transaction() as session:
        await keep(session, stated)
