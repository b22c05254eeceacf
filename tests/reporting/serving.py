"""Reporting as tests ask it over HTTP."""

from typing import Any

import httpx

from tests.reporting.lives import STORES

DAY = {"from": "2024-06-18", "to": "2024-06-19"}
MIDDLE = STORES["tokyo"][2]


async def kpis(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    answer = await client.get("/v1/kpis", params={**DAY, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
