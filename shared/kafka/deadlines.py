"""Deadlines of everything that waits for a broker."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiokafka.errors import KafkaError

from shared.kafka.ports import BrokerUnavailableError

CLOSE_SECONDS = 8.0
CUT_SECONDS = 2.0

log = structlog.get_logger()


async def close_or_cut(closing: Awaitable[object], *parts: Callable[[], Awaitable[object]]) -> None:
    """Wait for a client to close; if it does not, close its parts one by one.

    A client that was left half closed would go on heartbeating and fetching in its tasks.
    """
    if not await close_quietly(closing):
        for part in parts:
            await close_quietly(part(), within_seconds=CUT_SECONDS)


async def close_quietly(closing: Awaitable[object], within_seconds: float = CLOSE_SECONDS) -> bool:
    """Wait for a client to close, for so long; return whether it did.

    With a dead broker aiokafka's `stop` was seen to raise CancelledError though nobody cancelled;
    a cancellation of our own task is passed on.
    """
    task = asyncio.ensure_future(closing)
    done, _ = await asyncio.wait({task}, timeout=within_seconds)
    if not done:
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        log.warning("kafka_close_timed_out")
        return False
    if task.cancelled():
        return False
    if task.exception() is not None:
        log.warning("kafka_close_failed", error=repr(task.exception()))
        return False
    return True


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncGenerator[None]:
    """Turn a late answer, and any error of the client, into `BrokerUnavailableError`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnavailableError(repr(error)) from error
