"""Which waybills are on which parcels."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKS = 0x5F3A  # the class of the advisory locks of waybills that are being told
_BUCKETS = 64

_HOLD = text("""
    SELECT pg_advisory_xact_lock(:kind, bucket)
    FROM (SELECT unnest(CAST(:buckets AS integer[])) AS bucket ORDER BY 1) AS held
""")
_OWNERS = text("""
    SELECT courier, waybill, order_id FROM shipments
    WHERE waybill = ANY(CAST(:waybills AS text[]))
""")
_FIND = text("""
    SELECT store_id, external_id, order_id FROM orders
    JOIN unnest(CAST(:store_ids AS text[]), CAST(:external_ids AS text[]))
         AS wanted (store_id, external_id) USING (store_id, external_id)
""")

Owners = dict[tuple[str, str], set[str]]
"""By courier and waybill the orders whose parcels bear it."""


async def owners_of(session: AsyncSession, waybills: Collection[str]) -> Owners:
    """Return whose these waybills are; until this transaction ends nobody else asks for them."""
    owners: Owners = defaultdict(set)
    if waybills:
        buckets = sorted({zlib.crc32(waybill.encode()) % _BUCKETS for waybill in waybills})
        await session.execute(_HOLD, {"kind": _LOCKS, "buckets": buckets})
        rows = await session.execute(_OWNERS, {"waybills": sorted(set(waybills))})
        for courier, waybill, order_id in rows:
            owners[courier, waybill].add(order_id)
    return owners


async def ids_of(
    session: AsyncSession, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return by store and external id the ids of the orders that are there."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    values = {"store_ids": [key[0] for key in wanted], "external_ids": [key[1] for key in wanted]}
    return {(row[0], row[1]): row[2] for row in await session.execute(_FIND, values)}
