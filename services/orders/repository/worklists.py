"""The lists a shop works from: each a condition on orders and on what their store has set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, column, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.listing import orders
from services.orders.repository.priorities import PLACE
from services.orders.tables.orders import OPEN, UNDER_WAY


@dataclass(frozen=True, slots=True)
class Worklist:
    """A list by its names, the rule it follows, and what an order must be to stand in it.

    One that is ranked stands in the order of work, another in the order of placing (O-R18).
    """

    zh: str
    en: str
    source: str
    condition: str
    is_ranked: bool = False


def _hours(setting: str) -> str:
    return f"make_interval(hours => (stores.settings ->> 'orders.{setting}')::int)"


_IS_FREE = f"{OPEN} AND held_for IS NULL AND problem_at IS NULL"
_UNPAID = f"{OPEN} AND status = 'placed' AND kind <> 'cod'"
SHIP_BY = (
    "CASE kind WHEN 'cod' THEN placed_at ELSE paid_at END"
    f" + least({_hours('ship_within_hours')}, {_hours('promised_ship_hours')})"
)
"""When an order is to be shipped: the earlier of the store's limit and the promise (H26).

It counts from the payment, of cash on delivery from the placing.
"""

FOLLOW_UP_AT = (
    "delivered_at + make_interval("
    "days => (stores.settings ->> 'orders.receipt_follow_up_days')::int)"
)
"""When the buyer of a delivered order is to be asked for receipt and review."""

_AFTER_SALE = (
    "SELECT FROM after_sales AS cases WHERE cases.order_id = orders.order_id"
    " AND cases.closed_at IS NULL"
)

_DISPUTE = (
    "SELECT FROM disputes WHERE disputes.order_id = orders.order_id AND disputes.closed_at IS NULL"
)
_IN_REFUND = """EXISTS (
    SELECT FROM refunds WHERE refunds.order_id = orders.order_id
       AND refunds.paid_at IS NULL AND refunds.rejected_at IS NULL
) AND claimed_minor > refunded_minor"""
_IN_REFUND_OR_DISPUTE = """orders.order_id IN (
    SELECT order_id FROM disputes WHERE closed_at IS NULL
    UNION ALL SELECT order_id FROM refunds WHERE paid_at IS NULL AND rejected_at IS NULL
)"""
"""One list of few ids: two conditions with OR between them would look at every order."""

_REJECTED = "orders.order_id IN (SELECT order_id FROM order_stock WHERE state = 'rejected')"

STALLED = """coalesce(tracking_state, '') NOT IN ('delivered', 'returned')
   AND coalesce(tracked_at, shipments.shipped_at) + make_interval(
       days => (stores.settings ->> 'orders.tracking_stalled_days')::int
   ) <= now()"""
"""What a parcel is that has not moved for longer than its store's setting."""

WORKLISTS: Mapping[str, Worklist] = MappingProxyType(
    {
        "unpaid": Worklist(
            "待催付",
            "unpaid, to be chased by the owner",
            "O-R1 O-P2",
            f"{_UNPAID} AND placed_at + {_hours('chase_unpaid_hours')} <= now()",
        ),
        "unpaid_open": Worklist(
            "可追单",
            "unpaid, open to any agent",
            "O-R2",
            f"{_UNPAID} AND placed_at + {_hours('chase_open_hours')} <= now()",
        ),
        "to_verify": Worklist(
            "待核对", "paid, to be verified", "O-W1.5", f"{_IS_FREE} AND status = 'paid'"
        ),
        "to_audit": Worklist(
            "待审核", "verified, to be audited", "O-W7", f"{_IS_FREE} AND status = 'verified'"
        ),
        "held": Worklist(
            "已挂起",
            "held",
            "O-W7",
            f"{OPEN} AND (held_for IS NOT NULL OR problem_at IS NOT NULL)",
        ),
        "to_print": Worklist(
            "待打单",
            "audited, to be printed",
            "O-T5 O-R20",
            f"{_IS_FREE} AND status = 'audited'",
            is_ranked=True,
        ),
        "changed": Worklist(
            "信息变更待打单",
            "changed, and not printed since",
            "O-W4 O-R15",
            f"{OPEN} AND changed_at IS NOT NULL AND printed_at IS NULL",
        ),
        "urgent": Worklist(
            "加急", "marked urgent to the warehouse", "O-R26", f"{OPEN} AND urgent_at IS NOT NULL"
        ),
        "to_pick": Worklist(
            "待配货",
            "printed, to be picked",
            "O-R18 O-R20",
            f"{_IS_FREE} AND status = 'printed'",
            is_ranked=True,
        ),
        "to_pack": Worklist(
            "待打包",
            "picked, to be checked and packed",
            "O-R21",
            f"{_IS_FREE} AND status IN ('picked', 'checked')",
        ),
        "to_ship": Worklist(
            "待发货", "packed, to be shipped", "O-W1.12", f"{_IS_FREE} AND status = 'packed'"
        ),
        "shipping_overdue": Worklist(
            "超时未发货",
            "past the moment it was to be shipped",
            "O-R3 O-R4",
            f"{OPEN} AND {SHIP_BY} <= now()",
        ),
        "out_of_stock": Worklist(
            "缺货",
            "for which inventory has no stock to set aside",
            "I-R6 I-R7",
            f"{OPEN} AND {_REJECTED}",
        ),
        "problem": Worklist("问题订单", "with an open problem", "O-R5", "problem_at IS NOT NULL"),
        "problem_overdue": Worklist(
            "问题订单超时",
            "with a problem that is open for too long: up the chain",
            "O-R5",
            f"problem_at IS NOT NULL AND problem_at + {_hours('problem_close_hours')} <= now()",
        ),
        "in_after_sale": Worklist(
            "售后中",
            "with a return, exchange or repair under way",
            "O-W11",
            f"EXISTS ({_AFTER_SALE})",
        ),
        "to_replace": Worklist(
            "待补寄",
            "with an exchange or repair that is agreed and not yet sent to the buyer",
            "O-R35",
            f"EXISTS ({_AFTER_SALE} AND cases.kind <> 'return' AND cases.agreed_at IS NOT NULL"
            " AND cases.replaced_at IS NULL)",
        ),
        "in_dispute": Worklist(
            "维权中", "with a dispute that is not ruled on", "O-P3", f"EXISTS ({_DISPUTE})"
        ),
        "tracking_stalled": Worklist(
            "物流停滞",
            "shipped, with a parcel that has not moved for days",
            "O-W1.16 O-W9",
            f"""{UNDER_WAY} AND EXISTS (
                SELECT FROM shipments WHERE shipments.order_id = orders.order_id AND {STALLED}
            )""",
        ),
        "in_refund": Worklist(
            "退款中",
            "with a refund that is neither paid nor rejected",
            "O-P3",
            _IN_REFUND,
        ),
        "refunds_urgent": Worklist(
            "加急退款",
            "with a refund that finance is to pay first",
            "O-R25",
            """EXISTS (
                SELECT FROM refunds WHERE refunds.order_id = orders.order_id
                   AND refunds.paid_at IS NULL AND refunds.rejected_at IS NULL
                   AND refunds.urgent_at IS NOT NULL
            )""",
        ),
        "in_refund_or_dispute": Worklist(
            "退款或维权中",
            "with a refund or a dispute under way, for the head of customer service",
            "O-P3",
            _IN_REFUND_OR_DISPUTE,
        ),
        "to_follow_up": Worklist(
            "待回访",
            "delivered days ago, 60 at most, to be asked for receipt and review",
            "O-R6",
            "delivered_at IS NOT NULL AND followed_up_at IS NULL AND cancelled_at IS NULL"
            f" AND {FOLLOW_UP_AT} <= now() AND delivered_at > now() - interval '60 days'",
        ),
        "custom_overdue": Worklist(
            "定制逾期",
            "custom-made, not shipped, and past the delivery date agreed on",
            "O-W15",
            f"""{OPEN} AND EXISTS (
                SELECT FROM custom_works AS agreed WHERE agreed.order_id = orders.order_id
                   AND agreed.replaced_at IS NULL AND agreed.deliver_by <= now()
            )""",
        ),
    }
)
"""Every working list by its name; imported history stands in none."""

_stores = table("registry_stores", column("store_id")).alias("stores")
OF_STORE = orders.join(_stores, _stores.c.store_id == orders.c.store_id)
"""Orders with what their stores have set."""

RANKED_PLACE = (literal_column(PLACE, DateTime(timezone=True)), orders.c.order_id)
"""Moment and id by which orders stand that are worked on."""

_PLACED = (orders.c.placed_at, orders.c.order_id)


def place_on(name: str) -> tuple[ColumnElement[datetime], ColumnElement[str]]:
    """Return moment and id by which a working list stands."""
    return RANKED_PLACE if WORKLISTS[name].is_ranked else _PLACED


def orders_on(name: str, stores: Sequence[str] | None) -> Select[tuple[Any, ...]]:
    """Return the statement that lists the orders of a working list, in no order yet.

    Each row has its `place` on the list.
    """
    place, _ = place_on(name)
    columns = select(orders, place.label("place"))
    statement = columns.select_from(OF_STORE).where(_condition(name))
    return statement if stores is None else statement.where(orders.c.store_id.in_(stores))


async def count_worklists(
    session: AsyncSession, stores: Sequence[str] | None
) -> dict[str, dict[str, int]]:
    """Return by list and store how many orders stand in it; stores with none are left out."""
    counts: dict[str, dict[str, int]] = {}
    for name, statement in _COUNTS.items():
        limited = {"all": stores is None, "stores": list(stores or ())}
        rows = await session.execute(statement, limited)
        counts[name] = {row[0]: row[1] for row in rows}
    return counts


def _condition(name: str) -> Any:
    return text(f"NOT is_backfill AND {WORKLISTS[name].condition}")


_COUNTS = {
    name: text(f"""
        SELECT orders.store_id, count(*)
        FROM orders JOIN registry_stores AS stores ON stores.store_id = orders.store_id
        WHERE NOT is_backfill AND {worklist.condition}
          AND (:all OR orders.store_id = ANY(CAST(:stores AS text[])))
        GROUP BY orders.store_id
    """)  # noqa: S608 - conditions of our own
    for name, worklist in WORKLISTS.items()
}
