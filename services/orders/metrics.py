"""What this service counts, after the commit and never before."""

from collections import defaultdict

from prometheus_client import Counter, Gauge
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

PLACED = Counter("orders_placed_total", "Orders placed, backfill included.")
PAID = Counter("orders_paid_total", "Orders paid whole.")
SHIPPED = Counter("orders_shipped_total", "Parcels that left.")
CANCELLED = Counter("orders_cancelled_total", "Orders cancelled.")
REFUNDED = Counter("order_refunds_paid_total", "Refunds paid out.")
ROWS = Counter("order_rows_total", "Rows received, by what became of them.", ["outcome"])
REFUSALS = Counter("order_refusals_total", "Rows and requests refused, by kind.", ["kind"])
WORKLIST_ORDERS = Gauge(
    "orders_worklist_orders", "Orders on a working list, by store.", ["worklist", "store_id"]
)
WAITING_INVOICES = Gauge(
    "orders_waiting_invoices", "Invoices to be written, or to be cleared.", ["state", "store_id"]
)

FREE_WAYBILLS = Gauge(
    "orders_waybill_numbers", "Waybill numbers left, by store and courier.", ["store_id", "courier"]
)
FEW_WAYBILLS = Gauge(
    "orders_waybill_numbers_low",
    "How few waybill numbers a store wants to hear of.",
    ["store_id", "courier"],
)

_KEY = "orders_counts"


def count_later(session: AsyncSession, counter: Counter, amount: float = 1) -> None:
    """Count when the transaction has committed; a rollback, or `count_nothing`, forgets it."""
    counts: dict[Counter, float] | None = session.info.get(_KEY)
    if counts is None:
        counts = session.info[_KEY] = defaultdict(float)
        event.listen(session.sync_session, "after_commit", _count)
    counts[counter] += amount


def count_nothing(session: AsyncSession) -> None:
    """Forget what was to be counted: a dry run."""
    session.info.get(_KEY, {}).clear()


def _count(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint that is released commits nothing
        return
    counts: dict[Counter, float] = session.info[_KEY]
    for counter, amount in counts.items():
        counter.inc(amount)
    counts.clear()
