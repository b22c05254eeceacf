"""A client of the orders service over an empty database."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.db.engine import Database
from tests.support.databases import Databases
from tests.support.orders import orders_client


@pytest.fixture
async def database(databases: Databases, orders_database: Database) -> Database:
    await databases.empty(orders_database)
    return orders_database


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with orders_client(database) as opened:
        yield opened
