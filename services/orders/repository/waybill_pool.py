"""The pool of waybill numbers: filled by stores, given out once and never taken back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Pool = tuple[str, str]
"""Store and courier."""


class Number(NamedTuple):
    """A waybill number of a courier for a store."""

    store_id: str
    courier: str
    number: str


class Taken(NamedTuple):
    """A number that an order takes."""

    courier: str
    number: str
    store_id: str
    order_id: str


class Level(NamedTuple):
    """How many numbers of a pool are free, and how many are few for the store."""

    store_id: str
    courier: str
    free: int
    low: int


_ADD = text("""
    INSERT INTO waybill_numbers (store_id, courier, number)
    SELECT store_id, courier, number
    FROM unnest(CAST(:store_ids AS text[]), CAST(:couriers AS text[]), CAST(:numbers AS text[]))
         WITH ORDINALITY AS told (store_id, courier, number, place)
    ORDER BY courier, number
    ON CONFLICT (courier, number) DO NOTHING RETURNING courier, number
""")
_FIND = text("""
    SELECT store_id, courier, number FROM waybill_numbers
    JOIN unnest(CAST(:couriers AS text[]), CAST(:numbers AS text[])) AS told (courier, number)
         USING (courier, number)
""")
_LOCK = text("""
    SELECT wanted.store_id, wanted.courier, free.number
    FROM unnest(CAST(:store_ids AS text[]), CAST(:couriers AS text[]), CAST(:counts AS bigint[]))
         AS wanted (store_id, courier, count)
    CROSS JOIN LATERAL (
        SELECT number, place FROM waybill_numbers AS pool
        WHERE pool.store_id = wanted.store_id AND pool.courier = wanted.courier
          AND pool.taken_at IS NULL
        ORDER BY place LIMIT wanted.count FOR UPDATE SKIP LOCKED
    ) AS free
    ORDER BY free.place
""")
_TAKE = text("""
    INSERT INTO waybill_numbers (courier, number, store_id, order_id, taken_at)
    SELECT courier, number, store_id, order_id, CAST(:at AS timestamptz)
    FROM unnest(CAST(:couriers AS text[]), CAST(:numbers AS text[]), CAST(:store_ids AS text[]),
                CAST(:order_ids AS text[])) AS told (courier, number, store_id, order_id)
    ORDER BY courier, number
    ON CONFLICT (courier, number) DO UPDATE
    SET order_id = EXCLUDED.order_id, taken_at = EXCLUDED.taken_at
    WHERE waybill_numbers.taken_at IS NULL AND waybill_numbers.store_id = EXCLUDED.store_id
    RETURNING courier, number
""")
_LEVELS = text("""
    SELECT stores.store_id, chosen.courier,
           (SELECT count(*) FROM waybill_numbers AS pool
            WHERE pool.store_id = stores.store_id AND pool.courier = chosen.courier
              AND pool.taken_at IS NULL),
           coalesce((stores.settings ->> 'orders.electronic_waybills_low')::int, 0)
    FROM registry_stores AS stores
    CROSS JOIN LATERAL jsonb_array_elements_text(
        stores.settings -> 'orders.electronic_waybill_couriers'
    ) AS chosen (courier)
    WHERE (:all OR stores.store_id = ANY(CAST(:stores AS text[])))
    ORDER BY 1, 2
""")


async def add_numbers(session: AsyncSession, numbers: Sequence[Number]) -> set[tuple[str, str]]:
    """Add numbers that nobody has; return by courier and number which were added."""
    if not numbers:
        return set()
    return {(row[0], row[1]) for row in await session.execute(_ADD, _columns(numbers))}


async def owners_of_numbers(
    session: AsyncSession, numbers: Sequence[Number]
) -> dict[tuple[str, str], str]:
    """Return by courier and number whose it is."""
    if not numbers:
        return {}
    values = _columns(numbers)
    del values["store_ids"]
    return {(row[1], row[2]): row[0] for row in await session.execute(_FIND, values)}


async def lock_numbers(session: AsyncSession, wanted: Mapping[Pool, int]) -> dict[Pool, list[str]]:
    """Lock the next free numbers of pools, as many as are there; others pass them by meanwhile."""
    found: dict[Pool, list[str]] = defaultdict(list)
    pools = [pool for pool, count in wanted.items() if count]
    if not pools:
        return found
    values = {
        "store_ids": [store_id for store_id, _ in pools],
        "couriers": [courier for _, courier in pools],
        "counts": [wanted[pool] for pool in pools],
    }
    for store_id, courier, number in await session.execute(_LOCK, values):
        found[store_id, courier].append(number)
    return found


async def take_numbers(
    session: AsyncSession, taken: Sequence[Taken], at: datetime
) -> set[tuple[str, str]]:
    """Give numbers to orders for ever, those of no pool too; return which were still free."""
    if not taken:
        return set()
    values = {
        "couriers": [each.courier for each in taken],
        "numbers": [each.number for each in taken],
        "store_ids": [each.store_id for each in taken],
        "order_ids": [each.order_id for each in taken],
        "at": at,
    }
    return {(row[0], row[1]) for row in await session.execute(_TAKE, values)}


async def levels_of(session: AsyncSession, stores: Sequence[str] | None) -> list[Level]:
    """Return the level of every pool that a store prints from."""
    values = {"all": stores is None, "stores": list(stores or ())}
    return [Level(*row) for row in await session.execute(_LEVELS, values)]


def _columns(numbers: Sequence[Number]) -> dict[str, list[str]]:
    return {
        "store_ids": [each.store_id for each in numbers],
        "couriers": [each.courier for each in numbers],
        "numbers": [each.number for each in numbers],
    }
