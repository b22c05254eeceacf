"""Which errors pass by themselves: those never park an event."""

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_CLASSES = ("08", "53", "57", "58")  # connection, resources, operator intervention, system
_STATES = frozenset({"25P03", "25P04", "40001", "40P01", "55P03"})
"""Idle or transaction timeout, serialization failure, deadlock, lock not available."""


def is_transient(error: BaseException) -> bool:
    """Say whether doing the same again may succeed: lost connections, deadlocks, timeouts."""
    return any(_is_transient(cause) for cause in _causes(error))


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state in _STATES or state.startswith(_CLASSES)
    if isinstance(error, OSError | PoolTimeoutError):  # TimeoutError and ConnectionError among them
        return True
    return "connection" in str(error) and type(error).__name__ in {
        "InterfaceError",  # asyncpg and SQLAlchemy each have one, without a state
        "ConnectionDoesNotExistError",
    }


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        original = getattr(error, "orig", None)
        error = original if isinstance(original, BaseException) else error.__cause__
