"""Freight templates and couriers as tests set them."""

from typing import Any

import httpx

RATE = {"first_units": 1, "first_price": "8.00", "further_units": 1, "further_price": "1.00"}
FAR = {**RATE, "first_price": "20.00"}


def a_template(**values: Any) -> dict[str, Any]:
    """By piece 8 and 1, in the west 20 and 1, nothing to Taiwan; free from 99; the default."""
    return {
        "basis": "piece",
        "zones": [
            {"name": "west", "provinces": ["新疆", "西藏"], "rate": FAR},
            {"name": "never", "provinces": ["台湾"], "rate": None},
        ],
        "default": {**RATE, "free_from_amount": "99.00"},
        **values,
    }


def a_courier(**values: Any) -> dict[str, Any]:
    """A courier that goes everywhere but to Tibet."""
    return {"reach": "all_but", "regions": [{"province": "西藏"}], **values}


async def set_template(
    client: httpx.AsyncClient,
    template: str = "main",
    *,
    store: str = "s1",
    seen: str | None = None,
    **values: Any,
) -> httpx.Response:
    """Set a freight template, seen under this ETag."""
    headers = {} if seen is None else {"If-Match": seen}
    path = f"/v1/freight-templates/{store}/{template}"
    return await client.put(path, json=a_template(**values), headers=headers)


async def set_courier(
    client: httpx.AsyncClient, courier: str = "圆通", *, seen: str | None = None, **values: Any
) -> httpx.Response:
    """Set a courier of s1, seen under this ETag."""
    headers = {} if seen is None else {"If-Match": seen}
    return await client.put(f"/v1/couriers/s1/{courier}", json=a_courier(**values), headers=headers)
