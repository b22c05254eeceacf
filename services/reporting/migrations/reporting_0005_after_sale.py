"""What becomes of orders after they are placed, by hour and day; refunds and returns by reason.

The tables begin empty. A rebuild fills them from the owner's log; one that was under way does not
know them and is thrown away.
"""

from alembic import op

revision = "reporting_0005"
down_revision = "reporting_0004"
branch_labels = None
depends_on = None

_CASES = (
    "cases_opened",
    "returns_opened",
    "exchanges_opened",
    "repairs_opened",
    "cases_for_quality",
    "units_in_cases",
)
_HANDLING = (
    "parcels_shipped",
    "orders_timed",
    "shipping_seconds",
    "orders_shipped_due",
    "orders_shipped_in_time",
    "orders_overdue",
    "parcels_stalled",
    "follow_ups_due",
    "follow_ups_done",
    "orders_to_chase",
    "to_chase_minor",
    "orders_open_to_chase",
    "chases_won",
    "chased_minor",
    "cancelled_unpaid",
    "cancelled_void",
    "cancelled_intercepted",
    "cancelled_fraud",
    "cancelled_after_payment",
    "requested_minor",
    "requested_with_return",
    "approved_minor",
    "refunds_rejected",
    "rejected_minor",
    "refunded_with_return_minor",
    "refunds_timed",
    "refund_seconds",
    "refunds_unshipped",
    "refunded_unshipped_minor",
    "refunds_for_quality",
    "refunded_for_quality_minor",
    "refunds_disputed",
    "refunded_disputed_minor",
    "refunds_urgent",
    *_CASES,
    "cases_closed",
    "returns_closed",
    "exchanges_closed",
    "repairs_closed",
    "case_seconds",
    "shop_freight_minor",
    "disputes_opened",
    "disputed_minor",
    "disputes_closed",
    "disputes_lost",
    "disputes_won",
    "problems_opened",
    "problems_overdue",
    "problems_closed",
    "problems_closed_in_time",
    "problem_seconds",
    "wrong_shipments",
    "wrong_shipment_minor",
    "fraud_holds",
    "fraud_cleared",
)
_RETURN = (*_CASES, "refunds_paid", "refunds_with_return", "refunded_minor", "units_refunded")
_REASON = (*_RETURN, "refunds_requested", "requested_minor")


def _make(table: str, keys: dict[str, str], names: tuple[str, ...]) -> None:
    columns = {"store_id": "text", **keys}
    measures = [f"{name}{suffix}" for suffix in ("", "_by_order") for name in names]
    columns |= dict.fromkeys(measures, "bigint")
    told = ", ".join(f"{name} {kind} NOT NULL" for name, kind in columns.items())
    key = ", ".join(["store_id", *keys])
    op.execute(
        f"CREATE TABLE {table} ({told}, CONSTRAINT pk_{table} PRIMARY KEY ({key}))"
        " WITH (fillfactor = 70)"
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make("handling_hour", {"hour": "timestamptz", "business_date": "date"}, _HANDLING)
    op.execute("""
        CREATE INDEX ix_handling_hour_store_id_business_date
        ON handling_hour (store_id, business_date)
    """)
    _make("handling_day", {"business_date": "date"}, _HANDLING)
    _make("reason_day", {"business_date": "date", "reason": "text"}, _REASON)
    _make("return_day", {"business_date": "date", "sku": "text", "reason": "text"}, _RETURN)
    op.execute("UPDATE figure_rebuild SET wish = 'drop' WHERE finished_at IS NULL")
