"""Orders that are wrong: each is refused where it is wrong, and nothing is written."""

from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import a_payment, a_refund, a_shipment, an_order, counts_of

NAIVE, FAR = "2026-11-20T20:00:00", "2999-01-01T00:00:00Z"


def problem(kind: str) -> str:
    return f"https://shopfleet.dev/problems/{kind}"


BAD_BODIES: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": "red"}, "/colour", "extra_forbidden"),
    ({"lines": [{"quantity": 1, "unit_price": "1", "hue": 3}]}, "/lines/0/hue", "extra_forbidden"),
    ({"external_id": 7}, "/external_id", "string_type"),
    ({"external_id": ""}, "/external_id", "string_too_short"),
    ({"external_id": "a\0b"}, "/external_id", "string_pattern_mismatch"),
    ({"postage": 8.0}, "/postage", "money_not_a_string"),
    ({"postage": 8}, "/postage", "money_not_a_string"),
    ({"postage": "-1.00"}, "/postage", "money_negative"),
    ({"postage": "8,00"}, "/postage", "money_malformed"),
    ({"postage": "NaN"}, "/postage", "money_malformed"),
    ({"postage": "1e2"}, "/postage", "money_malformed"),
    ({"postage": "8.001"}, "/postage", "amount-invalid"),
    ({"postage": "9" * 20}, "/postage", "amount-invalid"),
    ({"lines": [{"quantity": 0, "unit_price": "1"}]}, "/lines/0/quantity", "greater_than_equal"),
    ({"lines": [{"quantity": 1.5, "unit_price": "1"}]}, "/lines/0/quantity", "int_type"),
    ({"lines": [{"quantity": "1", "unit_price": "1"}]}, "/lines/0/quantity", "int_type"),
    ({"lines": [{"quantity": True, "unit_price": "1"}]}, "/lines/0/quantity", "int_type"),
    ({"lines": [{"quantity": 1, "unit_price": "9" * 20}]}, "/lines/0/unit_price", "amount-invalid"),
    ({"lines": [{"quantity": 1}]}, "/lines/0/unit_price", "missing"),
    ({"placed_at": NAIVE}, "/placed_at", "time_naive"),
    ({"placed_at": FAR}, "/placed_at", "time_in_future"),
    ({"placed_at": 1_763_640_000}, "/placed_at", "time_not_a_string"),
    ({"placed_at": "soon"}, "/placed_at", "time_malformed"),
    ({"placed_at": None}, "/placed_at", "time_not_a_string"),
    ({"kind": "gift"}, "/kind", "literal_error"),
    ({"store_id": "nowhere"}, "/store_id", "store-unknown"),
    ({"store_id": "../etc"}, "/store_id", "string_pattern_mismatch"),
    ({"total": "60.51"}, "/total", "total-mismatch"),
    ({"lines": []}, "/total", "total-missing"),
    ({"lines": [], "total": "1.00"}, "/total", "total-mismatch"),
    ({"discount": "62.51"}, "/discount", "discount-too-large"),
    ({"payments": [{"amount": "60.50"}]}, "/payments/0/paid_at", "missing"),
    ({"payments": [a_payment("60.49")]}, "/payments/0/amount", "payment-mismatch"),
    ({"shipments": [a_shipment()]}, "/shipments/0", "illegal-move"),
    ({"delivered_at": "2026-11-21T20:00:00Z"}, "/delivered_at", "illegal-move"),
    ({"completed_at": "2026-11-21T20:00:00Z"}, "/completed_at", "illegal-move"),
    ({"refunds": [a_refund("1.00")]}, "/refunds/0/amount", "refund-of-unpaid"),
    (
        {"payments": [a_payment()], "refunds": [a_refund("60.51")]},
        "/refunds/0/amount",
        "refund-exceeds-paid",
    ),
    (
        {"payments": [a_payment()], "cancelled_at": FAR},
        "/cancelled_at",
        "time_in_future",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("values", "pointer", "code"), BAD_BODIES)
async def test_bad_order_is_refused_where_it_is_bad(
    client: httpx.AsyncClient,
    database: Database,
    values: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    before = await counts_of(database)

    alone = await client.post("/v1/orders", json=an_order(**values))
    in_batch = await client.post("/v1/orders:batch", json=[an_order(**values)])

    assert alone.status_code in {409, 422}, alone.text
    assert alone.headers["content-type"] == "application/problem+json"
    [outcome] = in_batch.json()["outcomes"]
    assert outcome["outcome"] == "rejected"
    for errors in (alone.json()["errors"], outcome["errors"]):
        assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
    assert await counts_of(database) == before


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"", b'{"store_id": "\xc3\x28"}', b'{"store_id": NaN}']
)
async def test_body_that_is_no_json_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    alone = await client.post(
        "/v1/orders", content=body, headers={"content-type": "application/json"}
    )
    batch = await client.post("/v1/orders:batch", content=body)

    assert alone.status_code in {400, 422}
    assert batch.status_code == 400
    assert batch.json()["type"] == problem("malformed-json")


async def test_half_a_character_is_no_text(client: httpx.AsyncClient, database: Database) -> None:
    body = b'{"store_id":"s1","external_id":"\\ud800","placed_at":"2026-11-20T20:00Z","total":"1"}'

    answer = await client.post(
        "/v1/orders", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code in {400, 422}
    assert (await counts_of(database))["orders"] == 0
