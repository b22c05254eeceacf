"""The truth of the orders database, counted by SQL, to hold reporting's figures against."""

from collections.abc import Mapping

import asyncpg

from shopfleet.prove.books import STORES, Cell

_DAY = "(({moment} AT TIME ZONE s.timezone) - make_interval(hours => s.day_start))::date"
_FIGURES: Mapping[str, tuple[str, str, str]] = {
    "orders_placed": ("orders o", "o.placed_at", "count(*)"),
    "placed_amount": ("orders o", "o.placed_at", "sum(o.total_minor)"),
    "orders_paid": ("orders o", "o.paid_at", "count(*)"),
    "paid_amount": (
        "payments p JOIN orders o USING (order_id)",
        "p.paid_at",
        "sum(p.amount_minor)",
    ),
    "refunds_requested": (
        "refunds r JOIN orders o USING (order_id)",
        "r.requested_at",
        "count(*)",
    ),
    "refunds_approved": ("refunds r JOIN orders o USING (order_id)", "r.approved_at", "count(*)"),
    "refunds": ("refunds r JOIN orders o USING (order_id)", "r.paid_at", "count(*)"),
    "refunded_amount": (
        "refunds r JOIN orders o USING (order_id)",
        "r.paid_at",
        "sum(r.amount_minor)",
    ),
}


async def true_figures(url: str) -> dict[Cell, int]:
    """Every figure of every store and day, from the rows of the orders service."""
    connection = await asyncpg.connect(url)
    stores = (
        [store.store_id for store in STORES],
        [store.timezone for store in STORES],
        [store.day_start for store in STORES],
    )
    found: dict[Cell, int] = {}
    try:
        for figure, (rows, moment, value) in _FIGURES.items():
            day = _DAY.format(moment=moment)
            statement = f"""
                SELECT o.store_id, {day} AS day, ({value})::bigint FROM {rows}
                JOIN unnest($1::text[], $2::text[], $3::integer[])
                     AS s (store_id, timezone, day_start) ON s.store_id = o.store_id
                WHERE {moment} IS NOT NULL GROUP BY 1, 2
            """
            for store_id, on, total in await connection.fetch(statement, *stores):
                found[Cell(store_id, on, figure)] = total
    finally:
        await connection.close()
    return {cell: value for cell, value in found.items() if value}


async def value_of(url: str, statement: str) -> int:
    """One number that a statement gives."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()
