"""What inventory says of returned goods reaches their case, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.orders.handlers import APPLIER
from services.orders.usecases.casework import CaseUnknownError
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.inventory_reservations import InspectedLine, ReturnInspected
from shared.db.engine import Database
from tests.support.cases import opened_case
from tests.support.orders import a_payment, a_shipment, counts_of, rows_of, stated

SHIPPED: dict[str, Any] = {"payments": [a_payment()], "shipments": [a_shipment()]}
TABLES = ("after_sales", "audit_trail", "event_log")


def inspected(case: dict[str, Any], **values: Any) -> ReturnInspected:
    return ReturnInspected(
        **{
            "occurred_at": datetime.now(UTC),
            "store_id": "s1",
            "timezone": "Asia/Shanghai",
            "order_id": case["order_id"],
            "case_id": case["case_id"],
            "warehouse_id": "w1",
            "lines": [InspectedLine(line_no=1, sku="tea", intact=1, defective=0)],
            "is_intact": True,
            "inspected_by": "W003",
            **values,
        }
    )


async def hear(database: Database, told: ReturnInspected) -> None:
    event = CloudEvent[Event](
        id="1", source="/shopfleet/inventory", type=told.type, time=told.occurred_at,
        subject=told.key(), sequence="1", partitionkey=told.key(), logid="l",
        receivedat=told.occurred_at, data=told,
    )  # fmt: skip
    async with database.transaction() as session:
        await APPLIER.apply(session, [event])


async def shown(client: httpx.AsyncClient, case: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get(f"/v1/after-sales/{case['case_id']}")).json()
    return answer


async def agreed(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    case = await opened_case(client, await stated(client, **SHIPPED, **values))
    await client.post(f"/v1/after-sales/{case['case_id']}/agreement")
    return case


async def test_inspection_is_noted_once(client: httpx.AsyncClient, database: Database) -> None:
    case = await agreed(client)
    told = inspected(case)

    await hear(database, told)
    after_first = await counts_of(database, TABLES)
    await hear(database, told)

    noted = await shown(client, case)
    assert (noted["status"], noted["condition"], noted["inspected_by"]) == (
        "received",
        "intact",
        "W003",
    )
    assert await counts_of(database, TABLES) == after_first
    assert (await rows_of(database, "audit_trail", "id"))[-1]["caller"] == "inventory"


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        (InspectedLine(line_no=1, sku="tea", intact=0, defective=1), "damaged"),
        (InspectedLine(line_no=1, sku="tea", intact=0, defective=0, missing=1), "wrong"),
    ],
)
async def test_what_was_not_intact_is_told_apart(
    client: httpx.AsyncClient, database: Database, line: InspectedLine, condition: str
) -> None:
    case = await agreed(client)

    await hear(database, inspected(case, is_intact=False, lines=[line]))

    assert (await shown(client, case))["condition"] == condition


async def test_inspection_without_a_case_finds_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    by_waybill = await agreed(client)
    path = f"/v1/after-sales/{by_waybill['case_id']}/return-parcel"
    await client.post(path, json={"courier": "SF", "waybill": "SF-9"})
    other = await opened_case(client, f"/v1/orders/{by_waybill['order_id']}", lines=[
        {"line_no": 2, "quantity": 1}
    ])  # fmt: skip

    await hear(database, inspected(by_waybill, case_id=None))
    unclear = await shown(client, by_waybill)
    await hear(database, inspected(by_waybill, case_id=None, waybill="SF-9"))
    first = await shown(client, other)
    await hear(database, inspected(by_waybill, case_id=None, waybill="YT-1"))

    assert unclear["received_at"] is None, "two cases wait"
    assert (await shown(client, by_waybill))["status"] == "received"
    assert first["received_at"] is None
    assert (await shown(client, other))["received_at"] is not None, "the only one that waits"


async def test_goods_of_no_case_are_no_concern(
    client: httpx.AsyncClient, database: Database
) -> None:
    case = await agreed(client)
    await client.post(f"/v1/after-sales/{case['case_id']}/withdrawal", json={"reason": "x"})
    before = await counts_of(database, TABLES)

    await hear(database, inspected(case, case_id=None))

    assert await counts_of(database, TABLES) == before


async def test_unknown_case_is_not_swallowed(client: httpx.AsyncClient, database: Database) -> None:
    case = await agreed(client)

    with pytest.raises(CaseUnknownError):
        await hear(database, inspected(case, case_id="asc_x"))


async def test_late_inspection_reopens_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    case = await agreed(client)
    await client.post(f"/v1/after-sales/{case['case_id']}/withdrawal", json={"reason": "x"})

    await hear(database, inspected(case, occurred_at=datetime.now(UTC) + timedelta(hours=1)))

    noted = await shown(client, case)
    assert (noted["status"], noted["condition"]) == ("withdrawn", "intact")
