"""`/livez`, `/readyz`, `/metrics`: what orchestrators and Prometheus ask."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from shared.db.engine import Database
from shared.registry.accounts import has_begun
from shared.web.problems import problem

Check = Callable[[], Awaitable[None]]
"""Something a process needs; raises while it does not have it."""

_PATIENCE_SECONDS = 2.0


class RegistryAbsentError(Exception):
    """The replica of the registry is empty."""


router = APIRouter(tags=["health"])
log = structlog.get_logger()


def database_check(database: Database) -> Check:
    """Return the check that the database answers."""

    async def check() -> None:
        async with database.connect() as connection:
            await connection.execute(text("SELECT 1"))

    return check


def registry_check(database: Database) -> Check:
    """Return the check that something of directory has come: before, nobody is known here."""

    async def check() -> None:
        async with database.reading() as session:
            if not await has_begun(session):
                raise RegistryAbsentError("nothing of directory has come yet")

    return check


@router.get("/livez")
async def is_alive() -> dict[str, str]:
    """Say that the process runs; nothing else is asked, so that no outage restarts it."""
    return {"status": "alive"}


@router.get("/readyz")
async def is_ready(request: Request) -> Response:
    """Say whether the process can work; 503 names what it lacks."""
    checks: Mapping[str, Check] = request.app.state.checks
    results = await asyncio.gather(*(_ask(name, check) for name, check in checks.items()))
    lacking = [name for name, is_met in results if not is_met]
    if lacking:
        return problem(
            request, 503, "not-ready", f"Waiting for {', '.join(lacking)}.", lacks=lacking
        )
    return Response('{"status":"ready"}', media_type="application/json")


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Answer the metrics of this process in Prometheus' text format."""
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})


async def _ask(name: str, check: Check) -> tuple[str, bool]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the answer is not ready
        log.warning("not_ready", check=name, error=repr(error))
        return name, False
    return name, True
