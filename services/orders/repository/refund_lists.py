"""Refunds of all orders as a list, urgent ones first, and their sums by day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.moves import RefundStatus
from services.orders.domain.parts import Refund, RefundLine
from services.orders.repository.listing import orders
from services.orders.tables.parts import RefundRow
from services.orders.tables.rows import Row

_refunds = Row.metadata.tables[RefundRow.__tablename__]
_OPEN = and_(_refunds.c.paid_at.is_(None), _refunds.c.rejected_at.is_(None))
_STANDS_AT = case(
    (
        and_(_OPEN, _refunds.c.urgent_at.is_not(None)),
        _refunds.c.requested_at - literal_column("interval '1000 years'"),
    ),
    else_=_refunds.c.requested_at,
)
"""An urgent refund stands where it would stand had it been asked for a thousand years earlier."""

LIST_ORDER = (_STANDS_AT, _refunds.c.refund_id)
"""Moment and id by which the list of refunds stands."""

_WITH_STATUS = {
    RefundStatus.REQUESTED: and_(_OPEN, _refunds.c.approved_at.is_(None)),
    RefundStatus.APPROVED: and_(_OPEN, _refunds.c.approved_at.is_not(None)),
    RefundStatus.REJECTED: and_(_refunds.c.paid_at.is_(None), _refunds.c.rejected_at.is_not(None)),
    RefundStatus.PAID: _refunds.c.paid_at.is_not(None),
}
_LINES = text("""
    SELECT order_id, external_id, line_no, quantity, amount_minor FROM refund_lines
    JOIN unnest(CAST(:orders AS text[]), CAST(:ids AS text[]))
         AS wanted (order_id, external_id) USING (order_id, external_id)
    ORDER BY order_id, external_id, line_no
""")
_SUMS = text("""
    WITH span AS (
        SELECT store_id, array_agg(begins ORDER BY begins) AS begins,
               min(begins) AS first, max(begins) AS ends
        FROM unnest(CAST(:stores AS text[]), CAST(:begins AS timestamptz[])) AS b (store_id, begins)
        GROUP BY store_id
    )
    SELECT store_id, width_bucket(step.at, span.begins) - 1, with_return, step.name,
           count(*), sum(amount_minor)::bigint
    FROM refunds JOIN orders USING (order_id) JOIN span USING (store_id)
    CROSS JOIN LATERAL (VALUES
        ('requested', requested_at),
        ('approved', CASE WHEN approved_at IS NOT NULL
                          THEN greatest(requested_at, approved_at) END),
        ('rejected', CASE WHEN rejected_at IS NOT NULL
                          THEN greatest(requested_at, approved_at, rejected_at) END),
        ('paid', CASE WHEN refunds.paid_at IS NOT NULL
                      THEN greatest(requested_at, approved_at, refunds.paid_at) END)
    ) AS step (name, at)
    WHERE step.at >= span.first AND step.at < span.ends
    GROUP BY 1, 2, 3, 4
""")


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds a list holds; None lets all pass. They were asked for since, and before until.

    `is_urgent` are those that finance is to pay first, and that still wait.
    """

    stores: Sequence[str] | None = None
    order_id: str | None = None
    status: RefundStatus | None = None
    is_urgent: bool | None = None
    with_return: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class ListedRefund(NamedTuple):
    """A refund with what its order says of it, and where it stands in the list."""

    refund: Refund
    order_id: str
    store_id: str
    order_external_id: str
    currency: str
    stands_at: datetime


class RefundSum(NamedTuple):
    """How many refunds reached a step on a day of the span, counted from 0, and how much."""

    store_id: str
    day: int
    with_return: bool
    step: str
    refunds: int
    amount_minor: int


def refunds_where(wanted: RefundFilter) -> Select[Any]:
    """Return the statement that lists the refunds that pass, in no order yet."""
    columns = _refunds.c
    statement = select(
        _refunds,
        orders.c.store_id,
        orders.c.external_id.label("order_external_id"),
        orders.c.currency,
        _STANDS_AT.label("stands_at"),
    ).join_from(_refunds, orders, orders.c.order_id == columns.order_id)
    conditions = (
        (wanted.stores, lambda: orders.c.store_id.in_(wanted.stores or ())),
        (wanted.order_id, lambda: columns.order_id == wanted.order_id),
        (wanted.status, lambda: _WITH_STATUS[wanted.status or RefundStatus.REQUESTED]),
        (wanted.is_urgent, lambda: _urgent(is_wanted=bool(wanted.is_urgent))),
        (wanted.with_return, lambda: columns.with_return.is_(wanted.with_return)),
        (wanted.since, lambda: columns.requested_at >= wanted.since),
        (wanted.until, lambda: columns.requested_at < wanted.until),
    )
    chosen = [condition() for value, condition in conditions if value is not None]
    return statement.where(*chosen)


def _urgent(*, is_wanted: bool) -> Any:
    is_urgent = and_(_OPEN, _refunds.c.urgent_at.is_not(None))
    return is_urgent if is_wanted else ~is_urgent


async def list_refunds(session: AsyncSession, statement: Select[Any]) -> list[ListedRefund]:
    """Return the refunds of a list with their lines, in two statements."""
    rows = [dict(row) for row in (await session.execute(statement)).mappings()]
    if not rows:
        return []
    keys = {"orders": [r["order_id"] for r in rows], "ids": [r["external_id"] for r in rows]}
    lines: Mapping[tuple[str, str], list[RefundLine]] = defaultdict(list)
    for order_id, external_id, *part in await session.execute(_LINES, keys):
        lines[order_id, external_id].append(RefundLine(*part))
    return [
        ListedRefund(
            Refund(
                **{name: row[name] for name in _OWN},
                lines=tuple(lines[row["order_id"], row["external_id"]]),
            ),
            *(row[name] for name in ListedRefund._fields[1:]),
        )
        for row in rows
    ]


_OWN = [each.name for each in fields(Refund) if each.name != "lines"]


async def sum_refunds(
    session: AsyncSession, begins: Sequence[tuple[str, datetime]]
) -> list[RefundSum]:
    """Return the sums of stores' days; `begins` has each day's first instant, and the last's end.

    A step counts on the day of its event: never before the step that it follows.
    """
    stores, moments = ([each[place] for each in begins] for place in range(2))
    rows = await session.execute(_SUMS, {"stores": stores, "begins": moments})
    return [RefundSum(*row) for row in rows]
