"""Codes that orders name and that are no SKUs here."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.bulk import BulkStatement


class Seen(NamedTuple):
    """A line of an order whose goods nobody keeps here."""

    store_id: str
    sku: str
    quantity: int
    at: datetime
    order_id: str


_NOTE = BulkStatement(
    text("""
        INSERT INTO untracked_goods (store_id, sku, orders, pieces, first_at, last_at,
                                     last_order_id)
        SELECT store_id, sku, count(DISTINCT order_id), sum(quantity), min(at), max(at),
               max(order_id)
        FROM unnest(CAST(:store_id AS text[]), CAST(:sku AS text[]), CAST(:quantity AS bigint[]),
                    CAST(:at AS timestamptz[]), CAST(:order_id AS text[]))
             AS v (store_id, sku, quantity, at, order_id)
        GROUP BY store_id, sku ORDER BY store_id, sku
        ON CONFLICT (store_id, sku) DO UPDATE
        SET orders = untracked_goods.orders + excluded.orders,
            pieces = untracked_goods.pieces + excluded.pieces,
            first_at = least(untracked_goods.first_at, excluded.first_at),
            last_at = greatest(untracked_goods.last_at, excluded.last_at),
            last_order_id = excluded.last_order_id
    """),
    Seen._fields,
)
_LIST = text("""
    SELECT untracked.* FROM untracked_goods AS untracked
    WHERE (CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[])))
      AND NOT EXISTS (SELECT FROM skus WHERE skus.sku = untracked.sku)
    ORDER BY pieces DESC, store_id, sku LIMIT :most
""")


async def note_untracked(session: AsyncSession, seen: Sequence[Seen]) -> None:
    """Count codes that are no SKUs here, in one statement."""
    await _NOTE.run(session, seen)


async def list_untracked(
    session: AsyncSession, stores: Sequence[str] | None, *, most: int
) -> Sequence[RowMapping]:
    """Return the codes that are no SKUs still, those sold most first."""
    values = {"stores": None if stores is None else list(stores), "most": most}
    return (await session.execute(_LIST, values)).mappings().all()
