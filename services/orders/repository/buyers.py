"""How many orders buyers have: read from an index alone, for a whole page in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.archiving import EXITS, shelves_of

_COUNT = text("""
    SELECT wanted.hash, orders.store_id, count(*),
           count(*) FILTER (WHERE paid_at IS NOT NULL AND shelf <> ALL(CAST(:exits AS text[])))
    FROM unnest(CAST(:hashes AS text[])) AS wanted (hash)
    JOIN orders ON orders.buyer_account_hash = wanted.hash
    WHERE :all_stores OR orders.store_id = ANY(CAST(:stores AS text[]))
    GROUP BY wanted.hash, orders.store_id
""")


class Count(NamedTuple):
    """All orders, and those paid whole and not called off since."""

    all: int = 0
    paid: int = 0

    def plus(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(self.all + other.all, self.paid + other.paid)


class BuyerCounts:
    """What buyers have ordered, by store and in all of some stores; a buyer is an account."""

    def __init__(self, by_store: Mapping[tuple[str, str], Count]) -> None:
        self._by_store = by_store
        self._sums: defaultdict[str, Count] = defaultdict(Count)
        for (buyer, _), count in by_store.items():
            self._sums[buyer] = self._sums[buyer].plus(count)

    def in_store(self, buyer: str, store_id: str) -> Count:
        """Return what a buyer ordered in a store."""
        return self._by_store.get((buyer, store_id), Count())

    def in_all(self, buyer: str) -> Count:
        """Return what a buyer ordered in all stores that were counted."""
        return self._sums[buyer]


async def count_orders_of(
    session: AsyncSession, buyers: Iterable[str | None], stores: Sequence[str] | None
) -> BuyerCounts:
    """Count the orders of buyers, by the hashes of their accounts, in these stores; None is all."""
    wanted = sorted({buyer for buyer in buyers if buyer is not None})
    if not wanted:
        return BuyerCounts({})
    values = {
        "hashes": wanted,
        "all_stores": stores is None,
        "stores": list(stores or ()),
        "exits": shelves_of(EXITS, with_archive=True),
    }
    rows = await session.execute(_COUNT, values)
    return BuyerCounts({(row[0], row[1]): Count(row[2], row[3]) for row in rows})
