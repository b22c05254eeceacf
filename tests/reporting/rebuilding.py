"""Rebuilds as tests ask for them, one look of the role at a time."""

from typing import Any

import httpx
from sqlalchemy import text

from services.reporting.rebuild.working import Rebuilding
from services.reporting.repository.rebuilds import Rebuild, latest_rebuilds
from services.reporting.routes.rebuilds import router
from tests.support.applications import an_application
from tests.support.event_stream import DirectFeed
from tests.support.retelling import Retelling


async def call(retold: Retelling, path: str = "", **values: Any) -> httpx.Response:
    async with an_application("reporting", retold.reporting, (router,)) as client:
        return await client.post(f"/v1/rebuilds{path}", json=values or None)


async def look(retold: Retelling, feed: DirectFeed | None = None) -> Rebuild:
    """Let the role look once, in a process of its own; return the newest rebuild."""
    role = Rebuilding(retold.reporting, feed or retold.feed)
    try:
        await role.look()
    finally:
        await role._building.close()
    return await newest(retold)


async def newest(retold: Retelling) -> Rebuild:
    async with retold.reporting.reading() as session:
        return (await latest_rebuilds(session, 1))[0]


async def begin(retold: Retelling) -> int:
    answer = await call(retold)
    assert answer.status_code == 202, answer.text
    number: int = answer.json()["id"]
    return number


async def show(retold: Retelling, number: int) -> dict[str, Any]:
    async with an_application("reporting", retold.reporting, (router,)) as client:
        one: dict[str, Any] = (await client.get(f"/v1/rebuilds/{number}")).json()
        assert one in (await client.get("/v1/rebuilds")).json()["items"]
        missing = await client.get("/v1/rebuilds/999999999")
        assert missing.status_code == 404
        return one


async def swap(retold: Retelling, number: int, *, accept: bool = False) -> Rebuild:
    answer = await call(retold, f"/{number}/swap", accept_differences=accept)
    assert answer.status_code == 202, answer.text
    return await look(retold)


async def leftovers(retold: Retelling) -> tuple[list[str], list[str]]:
    """The schemas there are, and the readers that have positions."""
    async with retold.reporting.reading() as session:
        schemas = await session.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname IN ('rebuild', 'replaced')")
        )
        readers = await session.execute(text("SELECT DISTINCT reader FROM log_positions"))
        return list(schemas.scalars()), list(readers.scalars())
