"""The requests of the API, built in one place for the sync and the async client."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from shopfleet.outcomes import BatchAnswer, Page, read_batch, read_page

T = TypeVar("T")
Json = dict[str, Any]
NDJSON = "application/x-ndjson"
BATCH_ROWS = 1000
"""The most rows that a batch takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request, ready to be sent, also more than once: its idempotency key stays the same."""

    method: str
    service: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether a second arrival of it changes nothing."""
        return self.method in {"GET", "PUT", "DELETE"} or "Idempotency-Key" in self.headers

    def with_query(self, **query: str) -> "Call[T]":
        """Return the same call with other or further query parameters."""
        return replace(self, query={**self.query, **query})


def read_json(response: httpx.Response) -> Any:
    """Return the body as it is; members this client does not know are kept."""
    return response.json()


def get(service: str, path: str, **query: object) -> Call[Json]:
    """Read one thing; query parameters that are None are left out, lists are joined with commas."""
    return Call(method="GET", service=service, path=path, read=read_json, query=_query(query))


def get_page(service: str, path: str, **query: object) -> Call[Page]:
    """Read one page of a list; `Client.iterate` follows the cursors."""
    return Call(method="GET", service=service, path=path, read=read_page, query=_query(query))


def post(
    service: str, path: str, body: object = None, *, idempotency_key: str | None = None
) -> Call[Json]:
    """Send one thing, with an idempotency key of its own unless one is given."""
    return Call(
        method="POST",
        service=service,
        path=path,
        read=read_json,
        headers=_post_headers("application/json", idempotency_key),
        content=None if body is None else _encode(body),
    )


def post_batch(
    service: str,
    path: str,
    rows: Iterable[Json],
    *,
    is_dry_run: bool = False,
    rejects_all: bool = False,
) -> Call[BatchAnswer]:
    """Send up to 1,000 rows as NDJSON; the answer has one outcome per row, in their order.

    With `rejects_all` one bad row makes the whole batch a ProblemError and nothing is written;
    otherwise bad rows are rejected alone. A dry run writes nothing and answers the same.
    """
    query = {"error_policy": "reject_all" if rejects_all else "reject_failed_rows"}
    if is_dry_run:
        query["dry_run"] = "true"
    return Call(
        method="POST",
        service=service,
        path=path,
        read=read_batch,
        query=query,
        headers=_post_headers(NDJSON, None),
        content=b"".join(_encode(row) + b"\n" for row in rows),
    )


def open_store(store: Json) -> Call[Json]:
    """Open a store; again with the same content it changes nothing."""
    return post("directory", "/v1/stores", store)


def open_stores(stores: Iterable[Json]) -> Call[BatchAnswer]:
    """Open up to 1,000 stores; bad rows are rejected alone."""
    return post_batch("directory", "/v1/stores:batch", stores)


def find_store(store_id: str) -> Call[Json]:
    """Read a store; raises NotFoundError when sent."""
    return get("directory", f"/v1/stores/{_segment(store_id)}")


def issue_token(
    staff_number: str, *, expires_in: int, scopes: Sequence[str] = (), stores: Sequence[str] = ()
) -> Call[Json]:
    """Ask for a token of a member of staff, limited to scopes and stores if any are named."""
    body: Json = {"staff_number": staff_number, "expires_in": expires_in}
    if scopes:
        body["scopes"] = list(scopes)
    if stores:
        body["stores"] = list(stores)
    return post("directory", "/v1/tokens", body)


def place_order(order: Json) -> Call[Json]:
    """Place one order; the answer holds `order`, `outcome` and `receipt`."""
    return post("orders", "/v1/orders", order)


def place_orders(rows: Iterable[Json], *, is_dry_run: bool = False) -> Call[BatchAnswer]:
    """Place up to 1,000 orders; bad rows are rejected alone."""
    return post_batch("orders", "/v1/orders:batch", rows, is_dry_run=is_dry_run)


def work_on_orders(verb: str, rows: Iterable[Json]) -> Call[BatchAnswer]:
    """Take up to 1,000 orders a step on: `verify`, `audit`, `print`, `pick`, `check` or `pack`.

    Each row names its `order_id`; bad rows are rejected alone.
    """
    return post_batch("orders", f"/v1/orders:{verb}", rows)


def find_orders(**query: object) -> Call[Page]:
    """List orders: `stores`, `status`, `updated_since`, `external_id`, `limit`."""
    return get_page("orders", "/v1/orders", **query)


def extend_order(
    order_id: str, part: str, body: Json, *, idempotency_key: str | None = None
) -> Call[Json]:
    """Add to an order.

    `part` is `payments`, `shipments`, `refunds`, `delivery`, `completion`, `cancellation`, or a
    step of a refund such as `refunds/{id}/approval`.
    """
    path = f"/v1/orders/{_segment(order_id)}/{part}"
    return post("orders", path, body, idempotency_key=idempotency_key)


def find_order(order_id: str) -> Call[Json]:
    """Read an order; raises NotFoundError when sent."""
    return get("orders", f"/v1/orders/{_segment(order_id)}")


def track_parcels(rows: Iterable[Json]) -> Call[BatchAnswer]:
    """Tell up to 1,000 reports of couriers, in any order; bad rows are rejected alone."""
    return post_batch("orders", "/v1/tracking:batch", rows)


def settle_orders(rows: Iterable[Json]) -> Call[BatchAnswer]:
    """Tell up to 1,000 settlements of what a platform paid out; bad rows are rejected alone."""
    return post_batch("orders", "/v1/settlements:batch", rows)


def find_kpis(**query: object) -> Call[Json]:
    """Ask for figures: `stores`, `from`, `to`, `grain`, `metrics`, `group_by`, `basis`."""
    return get("reporting", "/v1/kpis", **query)


def find_receipt(service: str, receipt: str) -> Call[Json]:
    """Ask what became of a row that was accepted."""
    return get(service, f"/v1/receipts/{service}/{_segment(receipt)}")


def _post_headers(media_type: str, idempotency_key: str | None) -> dict[str, str]:
    return {"Content-Type": media_type, "Idempotency-Key": idempotency_key or uuid.uuid4().hex}


def _encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _query(query: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)


def _segment(text: str) -> str:
    """Quote a path segment, so that an id with a slash stays one id."""
    return quote(text, safe="")
