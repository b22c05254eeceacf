"""After-sale cases for tests of the rules."""

from typing import Any

from services.orders.domain.after_sale import AfterSale, CaseLine
from services.orders.domain.order import Order
from tests.support.order_rules import ORDER_ID, a_paid_order, a_parcel, at


def a_case(kind: str = "return", lines: Any = ((1, 1),), **values: Any) -> AfterSale:
    parts = tuple(CaseLine(line_no, None, quantity) for line_no, quantity in lines)
    return AfterSale(
        **{
            "case_id": f"asc_{kind}",
            "order_id": ORDER_ID,
            "store_id": "s1",
            "external_id": None,
            "kind": kind,
            "lines": parts,
            "reason_kind": "wrong_size",
            "reason": "too small",
            "pictures": (),
            "responsible": "buyer",
            "is_quality_fault": False,
            "shop_freight_minor": 0,
            "buyer_freight_minor": 1200,
            "opened_at": at(100),
            "opened_by": "S1",
            **values,
        }
    )


def a_shipped_order(**values: Any) -> Order:
    return a_paid_order(shipments=[a_parcel()], **values)


def received(kind: str = "return", condition: str = "intact", **values: Any) -> AfterSale:
    return a_case(
        kind, **{"agreed_at": at(110), "received_at": at(120), "condition": condition, **values}
    )
