"""How many orders buyers have: read from an index alone, for a whole page in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.archiving import EXITS, shelves_of

Buyer = tuple[str, str]
"""An account by its hash, and the store in which it is looked at."""

_COUNT = text("""
    SELECT hash, store_id, sum(counted.placed)::bigint, sum(counted.paid)::bigint,
           coalesce(sum(counted.placed) FILTER (WHERE is_here), 0)::bigint,
           coalesce(sum(counted.paid) FILTER (WHERE is_here), 0)::bigint
    FROM (
        SELECT buyer_account_hash AS hash, store_id AS counted_in, count(*) AS placed,
               count(*) FILTER (
                   WHERE paid_at IS NOT NULL AND shelf <> ALL(CAST(:exits AS text[]))
               ) AS paid
        FROM orders
        WHERE buyer_account_hash = ANY(CAST(:hashes AS text[]))
          AND (:all_stores OR store_id = ANY(CAST(:stores AS text[])))
        GROUP BY buyer_account_hash, store_id
    ) AS counted
    JOIN (
        SELECT DISTINCT * FROM
            unnest(CAST(:hashes AS text[]), CAST(:of_stores AS text[])) AS pairs (hash, store_id)
    ) AS wanted USING (hash)
    CROSS JOIN LATERAL (SELECT counted_in = wanted.store_id AS is_here) AS here
    GROUP BY hash, store_id
""")


class Count(NamedTuple):
    """All orders, and those paid whole and not called off since."""

    all: int
    paid: int


class BuyerCount(NamedTuple):
    """What a buyer ordered: in the store, and in all stores that were counted."""

    store: Count
    stores: Count


async def count_orders_of(
    session: AsyncSession, buyers: Iterable[Buyer], stores: Sequence[str] | None
) -> Mapping[Buyer, BuyerCount]:
    """Count the orders of buyers in these stores; None is all."""
    wanted = sorted(set(buyers))
    if not wanted:
        return {}
    values = {
        "hashes": [buyer for buyer, _ in wanted],
        "of_stores": [store_id for _, store_id in wanted],
        "all_stores": stores is None,
        "stores": list(stores or ()),
        "exits": shelves_of(EXITS, with_archive=True),
    }
    rows = await session.execute(_COUNT, values)
    return {
        (row[0], row[1]): BuyerCount(store=Count(row[4], row[5]), stores=Count(row[2], row[3]))
        for row in rows
    }
