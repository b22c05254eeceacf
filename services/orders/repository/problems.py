"""Problem orders in their table."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.problems import Problem
from services.orders.repository.cases import CaseTable
from services.orders.repository.stored import stored_of
from services.orders.tables.cases import ProblemRow

PROBLEMS = CaseTable(ProblemRow, Problem)

_CLOSE_ENDED = text("""
    UPDATE order_problems SET status = 'closed', outcome = 'cancelled',
                              closed_at = greatest(ended.at, opened_at),
                              closed_by = ended.by
    FROM unnest(CAST(:ids AS text[]), CAST(:times AS timestamptz[]), CAST(:callers AS text[]))
         AS ended (order_id, at, by)
    WHERE order_problems.order_id = ended.order_id AND closed_at IS NULL
    RETURNING order_problems.*
""")
_LOCK_OVERDUE = text("""
    SELECT problem.problem_id FROM order_problems AS problem
    JOIN orders ON orders.order_id = problem.order_id
    JOIN registry_stores AS stores ON stores.store_id = problem.store_id
    WHERE problem.closed_at IS NULL AND problem.overdue_stated_at IS NULL
      AND NOT orders.is_backfill
      AND problem.opened_at + make_interval(
          hours => (stores.settings ->> 'orders.problem_close_hours')::int) <= now()
    ORDER BY problem.opened_at, problem.problem_id LIMIT :most
    FOR UPDATE OF orders, problem SKIP LOCKED
""")
_OVERDUE = text("""
    SELECT orders.* FROM orders
    WHERE order_id IN (
        SELECT order_id FROM order_problems WHERE problem_id = ANY(CAST(:ids AS text[]))
    )
""")
_NOTE_STATED = text("""
    UPDATE order_problems SET overdue_stated_at = now()
    WHERE problem_id = ANY(CAST(:ids AS text[])) RETURNING *
""")


async def close_ended(
    session: AsyncSession, ended: Sequence[tuple[str, datetime, str]]
) -> list[Problem]:
    """Close the open problems of orders that were cancelled: each by its id, when, and by whom."""
    ids, times, callers = ([entry[place] for entry in ended] for place in range(3))
    values = {"ids": ids, "times": times, "callers": callers}
    rows = await session.execute(_CLOSE_ENDED, values)
    return [PROBLEMS.case_of(row) for row in rows.mappings()]


async def take_overdue(
    session: AsyncSession, *, most: int
) -> tuple[list[Problem], Mapping[str, Order]]:
    """Lock and mark the problems that came to be late and were not told of, with their orders.

    What is locked comes later. The orders come without children.
    """
    ids = list((await session.execute(_LOCK_OVERDUE, {"most": most})).scalars())
    rows = (await session.execute(_OVERDUE, {"ids": ids})).mappings()
    orders = {row["order_id"]: stored_of(row).order for row in rows}
    marked = (await session.execute(_NOTE_STATED, {"ids": ids})).mappings()
    problems = [PROBLEMS.case_of(row) for row in marked]
    return sorted(problems, key=lambda each: (each.opened_at, each.problem_id)), orders
