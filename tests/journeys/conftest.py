"""Fixtures of the journeys: a board, what serves it, and who looks at it."""

from tests.support.board import board, server, visitor  # noqa: F401 - fixtures
