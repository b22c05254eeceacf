"""Reporting over an empty database, and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.reporting.routes import figures
from shared.db.engine import Database
from tests.reporting.clearing import clear
from tests.reporting.lives import STORES
from tests.support.applications import an_application, open_store


@pytest.fixture
async def database(reporting_database: Database) -> Database:
    await clear(reporting_database)
    for store_id in ("tokyo", "india", "night"):
        calendar, currency, _ = STORES[store_id]
        await open_store(
            reporting_database,
            store_id,
            timezone=calendar.timezone,
            day_start=calendar.day_start,
            currency=currency,
            groups=["asia"] if store_id != "night" else [],
        )
    return reporting_database


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with an_application(
        "reporting", database, [figures.router], scopes=["reports:read"]
    ) as client:
        yield client
