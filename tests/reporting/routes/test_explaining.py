"""How figures are defined, and what a number is made of."""

from datetime import timedelta

import httpx

from services.reporting.kpis.catalogue import SECTIONS
from shared.db.engine import Database
from tests.reporting.facts import NEVER, a_parcel, a_refund, an_order
from tests.reporting.serving import DAY, MIDDLE, kpis
from tests.reporting.test_apply import apply


async def test_the_catalogue_says_how_each_figure_is_asked_for(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/kpis/catalog")).json()["items"]

    by_id = {item["id"]: item for item in items}
    assert by_id["amount_per_buyer"]["names"] == {"zh": "客单价", "en": "Amount per buyer"}
    assert by_id["amount_per_buyer"]["no_value_if"] == "orders_without_buyer"
    assert by_id["amount_per_buyer"]["grains"] == ["day", "week", "month", "total"]
    assert by_id["paid_amount"]["group_by"] == ["store", "none", "sku", "province"]
    assert by_id["payment_rate"]["formula"] == "orders_paid / orders_placed"


async def test_a_number_is_explained_by_what_it_counts_and_leaves_out(
    client: httpx.AsyncClient, database: Database
) -> None:
    events = [
        *an_order("tokyo", 1),
        *an_order("tokyo", 2, paid_at=NEVER),
        *an_order("tokyo", 3, paid_at=MIDDLE + timedelta(days=3)),
        *an_order("tokyo", 4, placed_at=MIDDLE - timedelta(days=2), paid_at=MIDDLE),
        *an_order("tokyo", 5, buyer_key=None),
    ]
    await apply(database, events)

    answer = await client.get(
        "/v1/kpis/amount_per_buyer/explain", params={**DAY, "stores": "tokyo"}
    )

    (row,) = answer.json()["rows"]
    assert row["value"]["value"] is None
    assert row["numerator"] == [{"measure": "paid_minor", "sign": 1, "sum": "30000"}]
    assert row["denominator"] == [{"measure": "buyers", "sign": 1, "sum": 2}]
    assert row["included"] == {"orders_paid": 3, "orders_paid_for_orders_of_other_periods": 1}
    assert row["excluded"] == {
        "orders_paid_in_other_periods": 1,
        "placed_but_not_paid": 1,
        "orders_without_buyer": 1,
    }
    assert answer.json()["figure"]["version"] == 1


async def test_what_has_no_time_or_deadline_is_left_out_and_said(
    client: httpx.AsyncClient, database: Database
) -> None:
    hour = timedelta(hours=1)
    timed, untimed = an_order("tokyo", 1), an_order("tokyo", 2)
    late = a_parcel(timed[0], MIDDLE + 3 * hour, paid_at=MIDDLE, ship_by=MIDDLE + 2 * hour)
    await apply(database, [*timed, *untimed, late, a_parcel(untimed[0], MIDDLE + hour)])

    answers = {
        name: (
            await client.get(f"/v1/kpis/{name}/explain", params={**DAY, "stores": "tokyo"})
        ).json()["rows"][0]
        for name in ("mean_shipping_hours", "shipped_in_time_rate")
    }

    assert answers["mean_shipping_hours"]["value"] == {
        "value": "3.000000", "unit": "hours", "numerator": 10_800, "denominator": 1,
    }  # fmt: skip
    assert answers["mean_shipping_hours"]["excluded"] == {"shipped_without_an_earlier_payment": 1}
    assert answers["shipped_in_time_rate"]["value"]["value"] == "0.000000"
    assert answers["shipped_in_time_rate"]["included"] == {"orders_shipped_due": 1}
    assert answers["shipped_in_time_rate"]["excluded"] == {"shipped_without_a_deadline": 1}


async def test_an_explanation_gives_the_number_of_the_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    sold = an_order("night", 1)
    await apply(database, [*sold, a_refund(sold[1], MIDDLE + timedelta(days=9), 999)])
    names = [figure.id for figures in SECTIONS.values() for figure in (figures[0], figures[-1])]

    for basis in ("event", "order"):
        period = {"from": "2024-06-01", "to": "2024-07-30", "stores": "night", "basis": basis}
        values = (await kpis(client, **period))["rows"][0]["values"]
        for name in names:
            answer = await client.get(f"/v1/kpis/{name}/explain", params=period)
            assert answer.json()["rows"][0]["value"] == values[name], name


async def test_an_unknown_figure_can_t_be_explained(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/kpis/profit/explain", params=DAY)

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/unknown-figure")
