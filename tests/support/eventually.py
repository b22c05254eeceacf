"""Waiting on a condition with a deadline."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

PAUSE_SECONDS = 0.02


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]], *, within_seconds: float = 30.0
) -> T: ...


@overload
async def eventually(condition: Callable[[], T], *, within_seconds: float = 30.0) -> T: ...


async def eventually(condition: Callable[[], object], *, within_seconds: float = 30.0) -> object:
    """Ask until the answer is true, and give that answer.

    Raises AssertionError, naming the condition and its last answer, when time runs out. A condition
    that is itself slow is not cut short.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        answer = condition()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {within_seconds:g} s: {_name_of(condition)}; last answer {value!r}"
            )
        await asyncio.sleep(PAUSE_SECONDS)


def _name_of(condition: Callable[..., object]) -> str:
    name: str = getattr(condition, "__qualname__", repr(condition))
    if not name.endswith("<lambda>"):
        return name
    try:
        return " ".join(inspect.getsource(condition).split())
    except OSError:
        return name
