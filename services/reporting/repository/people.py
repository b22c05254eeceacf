"""Distinct buyers: counted from the buyers themselves, for these stores and these buckets."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.measures import Basis, on_basis
from services.reporting.repository.extent import SPANS, Extent, Place

LOOKBACK_DAYS = 365
"""A buyer who paid within so many days before the period is a returning one (field.md 5.1)."""


async def count_buyers(
    session: AsyncSession, extent: Extent, basis: Basis, *, is_merged: bool, with_history: bool
) -> dict[Place, dict[str, int]]:
    """Return buyers, buyers_repeat and, with history, buyers_returning and returning_minor.

    `is_merged` counts a buyer of several stores once, under the empty store.
    """
    statement = text(_statement(extent, basis, is_merged=is_merged, with_history=with_history))
    parameters = {**extent.parameters(), "lookback": LOOKBACK_DAYS}
    rows = await session.execute(statement, parameters)
    names = ("buyers", "buyers_repeat", "buyers_returning", "returning_minor")
    return {(row[0], None, row[1]): dict(zip(names, row[2:], strict=True)) for row in rows}


def _statement(extent: Extent, basis: Basis, *, is_merged: bool, with_history: bool) -> str:
    store = "''" if is_merged else "t.store_id"
    bucket = extent.bucket("t.business_date")
    orders, minor = on_basis("orders_paid", basis), on_basis("paid_minor", basis)
    paid = f"""
        SELECT {store} AS store_id, {bucket} AS bucket, t.buyer, sum(t.{orders}) AS orders,
               sum(t.{minor}) AS minor, min(greatest({bucket}, s.first)) AS starts
        FROM ({SPANS}) s JOIN buyer_store t ON t.store_id = s.store_id
             AND t.business_date >= s.first AND t.business_date < s.ends
        GROUP BY 1, 2, 3 HAVING sum(t.{orders}) > 0
    """  # noqa: S608 - names
    counts = "p.store_id, p.bucket, count(*), count(*) FILTER (WHERE p.orders > 1)"
    if not with_history:
        return f"SELECT {counts}, 0, 0 FROM ({paid}) p GROUP BY 1, 2"  # noqa: S608 - names
    same_store = "true" if is_merged else "t.store_id = p.store_id"
    return f"""
        WITH p AS MATERIALIZED ({paid}), returned AS (
            SELECT p.store_id, p.bucket, p.buyer
            FROM p JOIN buyer_store t ON t.buyer = p.buyer AND {same_store}
                 AND t.store_id = ANY(CAST(:stores AS text[]))
                 AND t.business_date >= p.starts - CAST(:lookback AS integer)
                 AND t.business_date < p.starts
                 AND t.business_date >= (SELECT min(starts) FROM p) - CAST(:lookback AS integer)
            GROUP BY 1, 2, 3 HAVING sum(t.{orders}) > 0
        )
        SELECT {counts}, count(r.buyer),
               coalesce(sum(p.minor) FILTER (WHERE r.buyer IS NOT NULL), 0)::bigint
        FROM p LEFT JOIN returned r ON r.store_id = p.store_id AND r.bucket = p.bucket
             AND r.buyer = p.buyer
        GROUP BY 1, 2
    """  # noqa: S608 - names
