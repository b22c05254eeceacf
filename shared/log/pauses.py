"""Waiting that a stop cuts short."""

import asyncio


async def pause_unless(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for so long or until told to stop; return whether to stop."""
    if stop.is_set():
        return True
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
