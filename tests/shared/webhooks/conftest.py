"""The orders service with its webhooks over an empty database, and a receiver on a real socket."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.db.engine import Database
from tests.support.databases import Databases
from tests.support.webhooks import Clock, Receiver, receiving, webhooks_client


@pytest.fixture
async def database(databases: Databases, orders_database: Database) -> Database:
    await databases.empty(orders_database)
    return orders_database


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with webhooks_client(database) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()
