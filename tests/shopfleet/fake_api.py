"""What the API would answer, scripted over HTTP: one store, orders by natural key."""

import json
from collections import Counter
from collections.abc import Callable

import httpx

STORE = {"store_id": "s1", "timezone": "Asia/Shanghai", "currency": "CNY"}


class FakeApi:
    """Takes batches of orders; rejects those whose external_id is in `refused`."""

    def __init__(self) -> None:
        self.orders: dict[str, object] = {}
        self.refused: set[str] = set()
        self.batches: list[list[str]] = []
        self.before_batch: Callable[[int], httpx.Response | None] = lambda _: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/stores/s1":
            return httpx.Response(200, json=STORE)
        if request.url.path == "/v1/orders:batch":
            return self._take_batch(request)
        return httpx.Response(404, json={}, headers={"Content-Type": "application/problem+json"})

    def _take_batch(self, request: httpx.Request) -> httpx.Response:
        rows = [json.loads(line) for line in request.content.splitlines()]
        self.batches.append([row["external_id"] for row in rows])
        scripted = self.before_batch(len(self.batches))
        if scripted is not None:
            return scripted
        is_dry_run = request.url.params.get("dry_run") == "true"
        outcomes = [self._take(index, row, is_dry_run) for index, row in enumerate(rows)]
        counts = Counter(item["outcome"] for item in outcomes)
        headers = {"Dry-Run": "true"} if is_dry_run else {}
        body = {"counts": counts, "outcomes": outcomes}
        return httpx.Response(200, json=body, headers=headers)

    def _take(self, index: int, row: dict[str, object], is_dry_run: bool) -> dict[str, object]:
        number = str(row["external_id"])
        if number in self.refused:
            error = {"pointer": "/total", "code": "money", "detail": "No amount."}
            return {"index": index, "outcome": "rejected", "errors": [error]}
        outcome = "unchanged" if self.orders.get(number) == row else "created"
        if not is_dry_run:
            self.orders[number] = row
        return {"index": index, "outcome": outcome, "external_id": number, "errors": []}
