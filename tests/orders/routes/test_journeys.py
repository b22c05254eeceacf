"""One order from placed to followed up, and back, each step by who does it (O-W1, O-W11)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from services.directory.roles import ROLES
from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import a_token, application_of, calling, open_store
from tests.support.cases import a_return, keyed
from tests.support.orders import a_payment, an_order, payloads_of, types_of
from tests.support.people import kind_of

HANDS = (
    "pre_sale_agent",
    "in_sale_agent",
    "shipping_clerk",
    "finance",
    "flow_editor",
    "after_sale_agent",
    "after_sale_supervisor",
)
BUYER = {"account": "li", "name": "李四", "phone": "13812345678", "address": "西湖路1号"}
PARCEL = {"courier": "SF", "waybill": "SF100", "weight_grams": 820}

Hands = dict[str, httpx.AsyncClient]


@pytest.fixture
async def hands(database: Database) -> AsyncIterator[Hands]:
    """A client for each role, with the scopes that an installation gives it."""
    await open_store(database, "s1")
    scopes = {role.role: role.scopes for role in ROLES}
    application = application_of("orders", database, SERVICE.routers)
    async with AsyncExitStack() as stack:
        opened: Hands = {}
        for role in HANDS:
            token = await a_token(database, scopes=scopes[role], stores=("s1",))
            opened[role] = await stack.enter_async_context(calling(application, token))
        yield opened


async def done(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await keyed(client, path, **body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shipped_order(hands: Hands) -> str:
    """Take an order from its placing to its parcel; return the path to it."""
    agent, clerk = hands["pre_sale_agent"], hands["shipping_clerk"]
    order = an_order(buyer={**BUYER, "province": "浙江省"}, agent="S7")
    placed = await done(agent, "/v1/orders", **order)
    path = f"/v1/orders/{placed['order']['order_id']}"
    await done(hands["finance"], f"{path}/payments", **a_payment())
    await done(agent, f"{path}/special-requests", courier="SF", card_text="生日快乐")
    await done(agent, f"{path}/verification")
    await done(agent, f"{path}/notes", text="送小样", courier="SF")
    await done(hands["in_sale_agent"], f"{path}/audit")
    await done(clerk, f"{path}/printing")
    papers = await keyed(clerk, "/v1/orders:waybills", order_ids=[placed["order"]["order_id"]])
    assert papers.content.startswith(b"%PDF-")
    for step in ("picking", "check", "packing"):
        await done(clerk, f"{path}/{step}")
    await done(clerk, f"{path}/shipments", **PARCEL)
    return path


async def test_order_lives_through_all_steps_by_the_hands_of_six_roles(
    hands: Hands, database: Database
) -> None:
    path = await shipped_order(hands)
    clerk, editor = hands["shipping_clerk"], hands["flow_editor"]
    reports = [
        {"courier": "SF", "waybill": "SF100", "state": state, "at": f"2026-11-2{day}T10:00:00Z"}
        for day, state in enumerate(("in_transit", "delivered"), start=1)
    ]
    tracked = (await clerk.post("/v1/tracking:batch", json=reports)).json()
    await done(editor, f"{path}/completion")
    last = await done(hands["after_sale_agent"], f"{path}/follow-up")
    await done(editor, f"{path}/archiving")

    assert [row["outcome"] for row in tracked["outcomes"]] == ["updated", "updated"]
    assert last["order"]["status"] == "followed_up"
    assert last["order"]["shipments"][0]["weight_grams"] == PARCEL["weight_grams"]
    assert await types_of(database) == [
        "order_placed",
        "order_paid",
        "delivery_changed",
        "order_flagged",
        "order_verified",
        "order_flagged",
        "order_audited",
        "order_printed",
        "order_picked",
        "order_checked",
        "order_packed",
        "order_shipped",
        "tracking_moved",
        "tracking_moved",
        "order_delivered",
        "order_completed",
        "order_followed_up",
        "order_archived",
    ]
    staff = {told.get("staff") for told in await payloads_of(database)} - {None}
    assert len(staff) == 4, "the agents, the clerk and who followed up"


async def test_order_comes_back_by_return_and_dispute(hands: Hands, database: Database) -> None:
    path = await shipped_order(hands)
    agent, clerk = hands["after_sale_agent"], hands["shipping_clerk"]
    finance, supervisor = hands["finance"], hands["after_sale_supervisor"]
    part = {"amount": "20.00", "lines": [{"line_no": 1, "quantity": 1, "amount": "20.00"}]}
    opened = await done(agent, f"{path}/after-sales", **a_return(refund=part, freight="10.00"))
    case = f"/v1/after-sales/{opened['case']['case_id']}"
    await done(agent, f"{case}/agreement", warehouse_id="wh-1")
    await done(agent, f"{case}/return-parcel", courier="SF", waybill="SF200")
    await done(clerk, f"{case}/inspection", condition="intact")
    refund = f"{path}/refunds/{opened['case']['refund_id']}"
    await done(supervisor, f"{refund}/approval")
    by_the_wrong_hand = await keyed(agent, f"{refund}/payment")
    await done(finance, f"{refund}/payment")
    closed = await done(agent, f"{case}/closure")

    claim = await done(agent, f"{path}/disputes", kind="quality", amount="60.50")
    dispute = f"/v1/disputes/{claim['dispute']['dispute_id']}"
    too_much = await keyed(agent, f"{dispute}/closure", ruling="buyer", refund={"amount": "60.50"})
    ruled = await done(agent, f"{dispute}/closure", ruling="buyer", refund={"amount": "40.50"})
    last = f"{path}/refunds/{ruled['dispute']['refund_id']}"
    await done(supervisor, f"{last}/approval")
    order = (await done(finance, f"{last}/payment"))["order"]

    assert (by_the_wrong_hand.status_code, kind_of(by_the_wrong_hand)) == (403, "scope-missing")
    assert closed["case"]["outcome"] == "refunded"
    assert (too_much.status_code, kind_of(too_much)) == (409, "refund-exceeds-paid")
    assert (order["refunded"], order["refundable"]) == ("60.50", "0.00")
    returned = [told for told in await payloads_of(database) if "refunded_minor" in told]
    assert [told["refunded_minor"] for told in returned] == [2000, 6050]
    assert [told.get("is_disputed", False) for told in returned] == [False, True]
