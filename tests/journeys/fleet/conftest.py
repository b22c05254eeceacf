"""One fleet for all journeys of this folder: they leave it as they found it."""

from collections.abc import AsyncIterator

import pytest

from shopfleet.client import AsyncClient
from shopfleet.prove.fleet import Fleet
from tests.support.fleet import opened_fleet


@pytest.fixture(scope="package")
async def fleet() -> AsyncIterator[Fleet]:
    """Directory, orders and reporting with a process for each role, and the stores of the proof."""
    async with opened_fleet() as running:
        yield running


@pytest.fixture
async def client(fleet: Fleet) -> AsyncIterator[AsyncClient]:
    """A client with the owner's token."""
    async with fleet.client() as opened:
        yield opened
