"""Roles of services that run in this process beside a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.runtime import Role


@asynccontextmanager
async def running_roles(*roles: Role) -> AsyncIterator[None]:
    """Run roles until the block ends, then tell them to stop and wait for them."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for role in roles:
            tasks.create_task(role.run(stop))
        try:
            yield
        finally:
            stop.set()
