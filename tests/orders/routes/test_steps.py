"""What the house does with one order, over HTTP."""

from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.orders import (
    a_payment,
    a_shipment,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of

PAID: dict[str, Any] = {"payments": [a_payment()]}
TAKEN = ("verified", "audited", "printed", "picked", "checked", "packed")
STEPS = ("verification", "audit", "printing", "picking", "check", "packing")


async def work(client: httpx.AsyncClient, path: str, *steps: str) -> list[httpx.Response]:
    return [await client.post(f"{path}/{step}") for step in steps]


async def test_order_is_taken_through_the_house_step_by_step(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)

    answers = await work(client, path, *STEPS)
    shipped = await client.post(f"{path}/shipments", json=a_shipment(external_id="s"))
    await work(client, path, "delivery", "completion")
    followed_up = await client.post(f"{path}/follow-up", json={"at": "2026-11-22T10:00:00+08:00"})

    assert [answer.status_code for answer in answers] == [200] * 6
    orders = [answer.json()["order"] for answer in (*answers, shipped, followed_up)]
    assert [order["status"] for order in orders] == [*TAKEN, "shipped", "followed_up"]
    assert orders[-1]["followed_up_at"] == "2026-11-22T02:00:00Z"
    assert all(orders[-1][f"{step}_at"] for step in TAKEN)
    assert (await types_of(database))[2:] == [
        "order_verified",
        "order_flagged",
        *(f"order_{step}" for step in TAKEN[1:]),
        "order_shipped",
        "order_delivered",
        "order_completed",
        "order_followed_up",
    ]
    trail = await rows_of(database, "audit_trail", "id")
    assert [line["action"] for line in trail][1:7] == [f"order.{step}" for step in TAKEN]


async def test_event_of_a_step_says_who_and_what_was_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)

    await client.post(f"{path}/verification", json={"courier": "SF"})
    await work(client, path, "audit")

    verified, _, audited = (await payloads_of(database))[2:]
    trail = await rows_of(database, "audit_trail", "id")
    assert (verified["previous_status"], verified["courier"]) == ("paid", "SF")
    assert verified["previous_at"] == "2026-11-20T12:05:00Z"
    assert audited["previous_at"] == verified["occurred_at"]
    assert (audited["verdict"], audited["staff"]) == ("passed", trail[-1]["caller"])


async def test_step_that_was_taken_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    first = (await work(client, path, "verification"))[0]
    before = await counts_of(database)

    again = (await work(client, path, "verification"))[0]

    assert again.json() == {**first.json(), "outcome": "unchanged"}
    assert again.headers["etag"] == first.headers["etag"]
    assert await counts_of(database) == before


@pytest.mark.parametrize("step", [step for step in STEPS if step != "verification"])
async def test_step_out_of_turn_is_refused(
    client: httpx.AsyncClient, database: Database, step: str
) -> None:
    path = await stated(client, **PAID)
    before = await counts_of(database)

    answer = (await work(client, path, step))[0]

    assert (answer.status_code, kind_of(answer)) == (409, "illegal-move")
    assert answer.json()["status_now"] == "paid"
    assert await counts_of(database) == before


async def test_order_held_by_its_audit_is_not_shipped(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    await work(client, path, "verification")

    held = await client.post(f"{path}/audit", json={"verdict": "held", "reason": "缺货"})
    refused = await client.post(f"{path}/shipments", json=a_shipment(external_id="s"))
    passed = (await work(client, path, "audit"))[0]

    assert held.json()["order"]["hold"]["reason"] == "缺货"
    assert (refused.status_code, kind_of(refused)) == (409, "order-held")
    assert refused.json()["held_for"] == "audit"
    assert (passed.json()["order"]["status"], passed.json()["order"]["hold"]) == ("audited", None)


async def test_fraud_is_held_cleared_and_confirmed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    why = {"reason": "stolen card"}

    held = await client.post(f"{path}/fraud-hold", json=why)
    stopped = (await work(client, path, "verification"))[0]
    cleared = await client.post(f"{path}/fraud-hold/release")
    not_held = await client.post(f"{path}/fraud-hold/release")
    confirmed = await client.post(f"{path}/fraud-hold/confirmation", json=why)
    again = await client.post(f"{path}/fraud-hold/confirmation", json=why)

    assert held.json()["order"]["hold"]["kind"] == "fraud"
    assert kind_of(stopped) == "order-held"
    assert cleared.json()["order"]["hold"] is None
    assert (not_held.status_code, kind_of(not_held)) == (409, "not-held")
    assert confirmed.json()["order"]["status"] == "fraud"
    assert again.json()["outcome"] == "unchanged"
    assert (await types_of(database))[2:] == [
        "fraud_suspected",
        "fraud_cleared",
        "order_cancelled",
    ]


async def test_printed_order_is_not_void_but_intercepted(
    client: httpx.AsyncClient, database: Database
) -> None:
    unprinted, path = await stated(client, **PAID), await stated(client, external_id="A-2", **PAID)
    await work(client, path, "verification", "audit", "printing")

    void = await client.post(f"{unprinted}/cancellation", json={"reason": "regrets"})
    too_late = await client.post(f"{path}/cancellation", json={"reason": "regrets"})
    intercepted = await client.post(f"{path}/interception", json={"reason": "regrets"})

    assert void.json()["order"]["status"] == "void"
    assert (too_late.status_code, kind_of(too_late)) == (409, "illegal-move")
    assert intercepted.json()["order"]["status"] == "intercepted"
    exits = [told["exit"] for told in await payloads_of(database) if "exit" in told]
    assert exits == ["void", "intercepted"]


async def test_store_decides_whether_picked_goods_are_checked_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    await work(client, path, "verification", "audit", "printing", "picking")

    await open_store(
        database, "s1", version=2, settings={**effective({}), "orders.second_check": "always"}
    )
    refused = (await work(client, path, "packing"))[0]
    await open_store(
        database, "s1", version=3, settings={**effective({}), "orders.second_check": "never"}
    )
    packed = (await work(client, path, "packing"))[0]

    assert (refused.status_code, kind_of(refused)) == (409, "illegal-move")
    assert packed.json()["order"]["status"] == "packed"


async def test_store_names_the_courier_whom_nobody_named(
    client: httpx.AsyncClient, database: Database
) -> None:
    settings = {**effective({}), "orders.default_courier": "圆通"}
    await open_store(database, "s1", version=2, settings=settings)
    path = await stated(client, **PAID)
    await work(client, path, "verification", "audit")

    await client.post(f"{path}/printing", json={"courier": "SF"})

    verified, _, _, printed = (await payloads_of(database))[2:]
    assert (verified["courier"], printed["courier"]) == ("圆通", "SF")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("verification", {"courier": ""}, "/courier"),
        ("verification", {"couriers": "SF"}, "/couriers"),
        ("printing", {"at": "2026-11-20 10:00"}, "/at"),
        ("audit", {"verdict": "maybe"}, "/verdict"),
        ("interception", {}, "/reason"),
        ("interception", {"reason": ""}, "/reason"),
        ("fraud-hold", {"reason": 5}, "/reason"),
    ],
)
async def test_bad_step_is_pointed_at(
    client: httpx.AsyncClient, path: str, body: Any, pointer: str
) -> None:
    order = await stated(client, **PAID)

    answer = await client.post(f"{order}/{path}", json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("orders:amend", {"verification"}),
        ("orders:audit", {"audit"}),
        ("shipments:write", {"printing", "picking", "check", "packing"}),
    ],
)
async def test_each_step_needs_its_scope(database: Database, scope: str, allowed: set[str]) -> None:
    async with orders_client(database, scopes=["orders:write", scope]) as limited:
        path = await stated(limited)
        answers = {step: (await work(limited, path, step))[0] for step in STEPS}

    forbidden = {step for step, answer in answers.items() if answer.status_code == 403}
    assert forbidden == set(STEPS) - allowed


async def test_foreign_order_is_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, **PAID)
    async with orders_client(database, stores=["s2"]) as stranger:
        answer = (await work(stranger, path, "verification"))[0]

    assert (answer.status_code, kind_of(answer)) == (404, "order-unknown")
