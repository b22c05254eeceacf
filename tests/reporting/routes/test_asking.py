"""The routes of figures: scope, parameters, shapes, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.reporting.routes import figures
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from tests.reporting.facts import a_case, a_refund, an_order
from tests.reporting.serving import DAY, MIDDLE, kpis
from tests.reporting.test_apply import apply
from tests.support.applications import an_application


async def test_an_answer_has_the_promised_shape(
    client: httpx.AsyncClient, database: Database
) -> None:
    sold = an_order("india")
    await apply(database, [*sold, a_refund(sold[1], MIDDLE + timedelta(hours=1), 2550)])

    found = await kpis(
        client, stores="india", metrics="paid_amount,payment_rate,refunds,amount_per_buyer"
    )

    (row,) = found["rows"]
    assert row["store_id"] == "india"
    assert row["bucket"] == "total"
    assert row["values"] == {
        "paid_amount": {"value": "100.00", "unit": "money", "currency": "INR"},
        "payment_rate": {"value": "1.000000", "unit": "ratio", "numerator": 1, "denominator": 1},
        "refunds": {"value": 1, "unit": "count"},
        "amount_per_buyer": {
            "value": "100.00",
            "unit": "money",
            "currency": "INR",
            "numerator": "100.00",
            "denominator": 1,
        },
    }
    assert found["range"] == {
        "from": "2024-06-17T18:30:00+00:00",
        "to": "2024-06-18T18:30:00+00:00",
    }
    assert found["basis"] == "event"


async def test_returns_have_rows_by_product_and_reason(
    client: httpx.AsyncClient, database: Database
) -> None:
    sold, other = an_order("tokyo", 1), an_order("tokyo", 2)
    back = a_refund(sold[1], MIDDLE + timedelta(hours=1), 2500)
    unfit = a_case(other[0], MIDDLE + timedelta(hours=2))
    await apply(database, [*sold, *other, back, unfit])

    by_reason = await kpis(
        client, stores="tokyo", metrics="refunded_amount,returns_opened", group_by="reason"
    )
    by_both = await kpis(
        client, stores="tokyo", metrics="units_in_cases,refunds", group_by="sku_reason", limit=1
    )

    def told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
        return *(row[name] for name in names), *(one["value"] for one in row["values"].values())

    assert [told(row, "reason") for row in by_reason["rows"]] == [
        ("other", "2500", 0),
        ("wrong_size", "0", 1),
    ]
    assert [told(row, "sku", "reason") for row in by_both["rows"]] == [("A", "wrong_size", 1, 0)]
    assert by_both["left_off"] == 1


async def test_yen_have_no_decimals(client: httpx.AsyncClient, database: Database) -> None:
    await apply(database, an_order("tokyo"))

    found = await kpis(client, stores="tokyo", metrics="paid_amount")

    assert found["rows"][0]["values"]["paid_amount"]["value"] == "10000"


async def test_stores_are_the_callers_and_in_the_groups(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with an_application(
        "reporting", database, [figures.router], scopes=["reports:read"], stores=["night"]
    ) as limited:
        own = await kpis(limited)
        foreign = await limited.get("/v1/kpis", params={**DAY, "stores": "night,tokyo"})
        explained = await limited.get(
            "/v1/kpis/paid_amount/explain", params={**DAY, "stores": "tokyo"}
        )
        outside = await kpis(limited, groups="asia")
    grouped = await kpis(client, groups="asia")

    assert [row["store_id"] for row in own["rows"]] == ["night"]
    assert foreign.status_code == explained.status_code == 403
    assert foreign.json()["type"].endswith("/store-forbidden")
    assert outside["rows"] == []
    assert [row["store_id"] for row in grouped["rows"]] == ["india", "tokyo"]


async def test_reading_needs_its_scope(database: Database) -> None:
    async with an_application(
        "reporting", database, [figures.router], scopes=["orders:read"]
    ) as client:
        for path in ("/v1/kpis", "/v1/kpis/catalog", "/v1/kpis/paid_amount/explain"):
            answer = await client.get(path, params=DAY if "catalog" not in path else {})
            assert answer.status_code == 403
            assert answer.json()["scope"] == "reports:read"


@pytest.mark.parametrize(
    ("parameters", "status", "parameter"),
    [
        ({"from": "yesterday"}, 400, "from"),
        ({"from": "2024-06-18T00:00:00"}, 400, "from"),
        ({"from": "1999-12-31"}, 400, "from"),
        ({"to": "2024-06-18"}, 400, "to"),
        ({"to": "2024-06-19T00:00:00+09:00"}, 400, "to"),
        ({"grain": "decade"}, 400, "grain"),
        ({"basis": "cash"}, 400, "basis"),
        ({"group_by": "colour"}, 400, "group_by"),
        ({"group_by": "sku", "grain": "hour"}, 400, "group_by"),
        ({"metrics": "profit"}, 400, "metrics"),
        ({"metrics": "paid_amount,,refunds"}, 400, "metrics"),
        ({"metrics": "buyers_paid", "grain": "hour"}, 400, "metrics"),
        ({"metrics": "orders_cancelled", "group_by": "sku"}, 400, "metrics"),
        ({"compare": "last_christmas"}, 400, "compare"),
        ({"compare": "previous_day_same_time", "to": "2024-06-20"}, 400, "compare"),
        ({"limit": "0"}, 400, "limit"),
        ({"limit": "5"}, 400, "limit"),
        ({"sort": "refunds"}, 400, "sort"),
        ({"sort": "refunds", "group_by": "sku", "metrics": "paid_amount"}, 400, "sort"),
        ({"stores": "nowhere"}, 404, "stores"),
        ({"colour": "red"}, 400, "colour"),
        ({"grain": "hour", "to": "2026-06-19", "metrics": "refunds"}, 422, "grain"),
    ],
)
async def test_a_bad_parameter_is_named(
    client: httpx.AsyncClient, parameters: dict[str, str], status: int, parameter: str
) -> None:
    answer = await client.get("/v1/kpis", params={**DAY, **parameters})

    assert answer.status_code == status, answer.text
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize("missing", ["from", "to"])
async def test_a_period_is_demanded(client: httpx.AsyncClient, missing: str) -> None:
    given = {name: value for name, value in DAY.items() if name != missing}

    answer = await client.get("/v1/kpis", params=given)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == missing


async def test_different_currencies_are_not_added_up(
    client: httpx.AsyncClient, database: Database
) -> None:
    await apply(database, [*an_order("tokyo", 1), *an_order("india", 2)])

    refused = await client.get("/v1/kpis", params={**DAY, "groups": "asia", "group_by": "none"})
    counted = await kpis(client, groups="asia", group_by="none", metrics="orders_paid")

    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/mixed-currencies")
    assert refused.json()["currencies"] == ["INR", "JPY"]
    assert "paid_amount" in refused.json()["metrics"]
    assert counted["rows"][0]["store_id"] is None
    assert counted["rows"][0]["values"]["orders_paid"]["value"] == 2


async def test_instants_cut_days_on_the_hours_of_the_store(
    client: httpx.AsyncClient, database: Database
) -> None:
    await apply(database, an_order("india", placed_at=datetime(2024, 6, 18, 13, 45, tzinfo=UTC)))
    cut = {"stores": "india", "metrics": "orders_placed", "to": "2024-06-18T21:00:00+05:30"}

    inside = await kpis(client, **{**cut, "from": "2024-06-18T19:00:00 05:30"})
    outside = await kpis(client, **{**cut, "from": "2024-06-18T14:30:00Z"})
    refused = await client.get("/v1/kpis", params={**cut, "from": "2024-06-18T13:00:00Z"})

    assert inside["rows"][0]["values"]["orders_placed"]["value"] == 1
    assert outside["rows"][0]["values"]["orders_placed"]["value"] == 0
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == "from"


async def test_rows_by_product_keep_what_stands_on_none(
    client: httpx.AsyncClient, database: Database
) -> None:
    await apply(database, [*an_order("night", 1), *an_order("night", 2, lines=[])])

    found = await kpis(client, stores="night", group_by="sku", metrics="paid_amount,orders_paid")

    shown = [(row["sku"], row["values"]["paid_amount"]["value"]) for row in found["rows"]]
    assert shown == [("A", "100.00"), (None, "100.00")]
    assert found["left_off"] == 0


async def test_change_is_said_of_what_can_be_compared(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = an_order("tokyo", 1, placed_at=MIDDLE - timedelta(days=1))
    await apply(database, [*before, *an_order("tokyo", 2), *an_order("tokyo", 3)])

    found = await kpis(
        client, stores="tokyo", metrics="orders_paid,refunds", compare="previous_period"
    )

    compared = found["rows"][0]["compare"]
    assert compared["values"]["orders_paid"]["value"] == 1
    assert compared["change"] == {"orders_paid": "1.000000", "refunds": None}


async def test_an_answer_that_did_not_change_is_not_sent_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    await apply(database, an_order("tokyo"))
    query = {**DAY, "stores": "tokyo"}
    tag = (await client.get("/v1/kpis", params=query)).headers["etag"]

    again = await client.get("/v1/kpis", params=query, headers={"If-None-Match": tag})
    other_basis = await client.get(
        "/v1/kpis", params={**query, "basis": "order"}, headers={"If-None-Match": tag}
    )
    await apply(database, an_order("india"))
    elsewhere = await client.get("/v1/kpis", params=query, headers={"If-None-Match": tag})
    await apply(database, an_order("tokyo", 2))
    changed = await client.get("/v1/kpis", params=query, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert elsewhere.status_code == 304
    assert other_basis.status_code == changed.status_code == 200


@pytest.mark.parametrize(
    ("age", "parked", "is_complete"), [(1, 0, True), (None, 0, False), (1, 1, False)]
)
async def test_completeness_follows_the_watermark_and_what_is_parked(
    client: httpx.AsyncClient, database: Database, age: int | None, parked: int, is_complete: bool
) -> None:
    moment = utc_now()
    async with database.transaction() as session:
        if age is not None:
            await session.execute(
                text(
                    "INSERT INTO log_passed (reader, owner, log_id, as_of)"
                    " VALUES ('reporting', 'orders', gen_random_uuid(), :at)"
                ),
                {"at": moment - timedelta(seconds=age)},
            )
        for _ in range(parked):
            await session.execute(
                text(
                    "INSERT INTO dead_letters (reader, owner, partition, log_id, sequence, key,"
                    " type, wire, reason, detail, attempts) VALUES ('reporting', 'orders', 1,"
                    " gen_random_uuid(), 1, 'o1', 't', 'w', 'failed', 'd', 1)"
                )
            )

    past, today = await kpis(client), await kpis(client, to=f"{moment.year + 1}-01-01")

    assert past["complete"] is is_complete
    assert past["parked"] == parked
    assert (past["open"], today["open"], today["complete"]) == (False, True, False)
    assert (past["as_of"] is None) == (age is None)


async def test_a_caller_without_known_stores_gets_no_rows(database: Database) -> None:
    async with an_application(
        "reporting", database, [figures.router], scopes=["reports:read"], stores=["elsewhere"]
    ) as client:
        found = await kpis(client)
        merged = await kpis(client, group_by="none")

    assert found["rows"] == merged["rows"] == []
