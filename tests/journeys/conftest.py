"""Fixtures of the journeys: a fleet for one test alone, and a board."""

from collections.abc import AsyncIterator

import pytest

from shopfleet.prove.fleet import Fleet
from tests.support.board import board, server, visitor  # noqa: F401 - fixtures
from tests.support.fleet import opened_fleet


@pytest.fixture
async def lone_fleet() -> AsyncIterator[Fleet]:
    """Directory, orders and reporting with a process for each role, and the stores of the proof.

    For a test that damages it, or counts all that is in it.
    """
    async with opened_fleet() as running:
        yield running
