"""Bodies and views of settlements."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, Strict

from services.orders.domain.settling import Bill, BillRow, Finding
from services.orders.schemas.incoming import Money
from services.orders.schemas.new_order import OrderBody, Word
from services.orders.schemas.parts import Moment as ShownMoment
from shared.web.bodies import Moment, NonNegativeMoney, StoreId
from shared.web.bodies import Money as AnyMoney

Day = Annotated[date, Strict(strict=False), Field(examples=["2026-11-11"])]
MOST_ROWS = 5_000


class NewBillRow(OrderBody):
    """What the bill says of one order, by its number at the source; a refund is below zero."""

    external_id: Word
    amount: AnyMoney


class NewSettlement(OrderBody):
    """What the platform paid out (货款): `settled` arrived, `gross` less `fee`.

    The days are the store's business days, both inclusive. `rows`, the bill's own lines, are held
    against the orders one by one.
    """

    store_id: StoreId
    external_id: Word
    from_day: Day
    to_day: Day
    gross: AnyMoney
    fee: NonNegativeMoney
    settled: AnyMoney
    received_at: Moment | None = None
    rows: Annotated[list[NewBillRow], Field(max_length=MOST_ROWS)] = Field(default_factory=list)


class SettlementView(BaseModel):
    """A settlement beside what its orders were expected to bring."""

    settlement_id: str
    store_id: str
    external_id: str
    currency: str
    from_day: date
    to_day: date
    gross: str
    fee: str
    settled: str
    expected: str
    orders: int
    is_matched: bool
    received_at: ShownMoment


class SettlementAnswer(BaseModel):
    """A settlement after a request, and what the request did."""

    settlement: SettlementView
    outcome: str


class BillLineView(BaseModel):
    """A line of a bill beside its order; `billed` is null where the bill lacks the order."""

    external_id: str
    order_id: str | None
    finding: Finding
    billed: str | None
    expected: str | None


class SettlementReport(BaseModel):
    """A bill held against the orders (对账); `counts` has how many lines were found so."""

    settlement: SettlementView
    counts: dict[Finding, int]
    lines: list[BillLineView]


class StoreSettlements(BaseModel):
    """Of a store: what settlements of a span of days brought, and what is still expected.

    `received` was paid out before fees, `settled` after them; `expected` is what completed orders
    that no settlement brought are still to bring, of `orders_expected` orders.
    """

    store_id: str
    currency: str
    received: str
    fees: str
    settled: str
    expected: str
    orders_expected: int
    settlements: int
    unmatched: int


class BudgetDay(BaseModel):
    """What is to come on a business day, before fees."""

    day: date
    amount: str
    orders: int


class StoreBudget(BaseModel):
    """The remittance budget (回款预算) of a store; `overdue` should have come already."""

    store_id: str
    currency: str
    overdue: str
    orders_overdue: int
    days: list[BudgetDay]


def bill_of(body: NewSettlement, currency: str) -> Bill:
    """Return a bill in minor units; raises `AmountInvalidError`."""
    money = Money(currency)
    return Bill(
        store_id=body.store_id,
        external_id=body.external_id,
        from_day=body.from_day,
        to_day=body.to_day,
        gross_minor=money.minor(body.gross, "/gross"),
        fee_minor=money.minor(body.fee, "/fee"),
        settled_minor=money.minor(body.settled, "/settled"),
        rows=tuple(
            BillRow(row.external_id, money.minor(row.amount, f"/rows/{place}/amount"))
            for place, row in enumerate(body.rows)
        ),
    )
