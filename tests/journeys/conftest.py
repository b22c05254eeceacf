"""Fixtures of the journeys."""

from tests.support.board import board, server, visitor  # noqa: F401 - fixtures
