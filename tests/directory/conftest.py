"""Directory as its own wiring makes it, and who may do everything there."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.directory.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import application_of_service, calling
from tests.support.people import BOOTSTRAP, numbers


@pytest.fixture(scope="module")
async def application(directory_database: Database) -> FastAPI:
    return await application_of_service(SERVICE, directory_database, bootstrap_secret=BOOTSTRAP)


@pytest.fixture(scope="module")
async def boss(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(application, BOOTSTRAP) as client:
        yield client


@pytest.fixture
def new_store() -> Callable[..., dict[str, Any]]:
    def make(**values: Any) -> dict[str, Any]:
        return {
            "store_id": f"store-{next(numbers)}",
            "name": "旗舰店",
            "platform": "tmall",
            "timezone": "Asia/Shanghai",
            "currency": "CNY",
            **values,
        }

    return make


@pytest.fixture
async def store(boss: httpx.AsyncClient, new_store: Callable[..., dict[str, Any]]) -> str:
    answer = await boss.post("/v1/stores", json=new_store())
    return str(answer.json()["store_id"])
