"""Fixtures of the journeys: one fleet for all that leave it as they found it, and a board."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shopfleet.client import AsyncClient
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.traffic import open_stores
from tests.support.board import board, server, visitor  # noqa: F401 - fixtures
from tests.support.fleet import running_fleet


@pytest.fixture(scope="package")
async def fleet() -> AsyncIterator[Fleet]:
    """Directory, orders and reporting with a process for each role, and the stores of the proof."""
    async with _opened_fleet() as running:
        yield running


@pytest.fixture
async def lone_fleet() -> AsyncIterator[Fleet]:
    """The same for one test alone: one that damages it, or counts all that is in it."""
    async with _opened_fleet() as running:
        yield running


@asynccontextmanager
async def _opened_fleet() -> AsyncIterator[Fleet]:
    async with running_fleet() as running:
        async with running.client() as client:
            await open_stores(client)
        yield running


@pytest.fixture
async def client(fleet: Fleet) -> AsyncIterator[AsyncClient]:
    """A client with the owner's token."""
    async with fleet.client() as opened:
        yield opened
