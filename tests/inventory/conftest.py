"""A client of the inventory service over an empty database."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.db.engine import Database
from tests.support.databases import Databases
from tests.support.stock import stock_client


@pytest.fixture
async def database(databases: Databases, inventory_database: Database) -> Database:
    await databases.empty(inventory_database)
    return inventory_database


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with stock_client(database) as opened:
        yield opened
