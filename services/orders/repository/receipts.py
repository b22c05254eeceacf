"""The receipts of writes: an order and the last event that tells of the write."""

from collections.abc import Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.web.receipts import Receipt

_LAST_EVENTS = text("""
    SELECT order_id, max(event_id) FROM order_receipts
    WHERE order_id = ANY(CAST(:ids AS text[])) GROUP BY order_id
""")
_FIND = text("""
    SELECT order_id, store_id, event_id, accepted_at
    FROM order_receipts JOIN orders USING (order_id)
    WHERE order_id = :order_id AND event_id = :event_id
""")
_FIND_LAST = text("""
    SELECT order_id, store_id, event_id, accepted_at
    FROM order_receipts JOIN orders USING (order_id)
    WHERE store_id = :store_id AND external_id = :external_id
    ORDER BY event_id DESC LIMIT 1
""")
_LARGEST = 2**63 - 1


def receipt_of(order_id: str, event_id: int) -> str:
    """Return the receipt of a write."""
    return f"{order_id}.{event_id}"


async def last_events(session: AsyncSession, order_ids: Sequence[str]) -> dict[str, int]:
    """Return by order the last event that one of its writes stated."""
    if not order_ids:
        return {}
    rows = await session.execute(_LAST_EVENTS, {"ids": list(order_ids)})
    return {row[0]: row[1] for row in rows}


async def find_receipt(session: AsyncSession, receipt: str) -> Receipt | None:
    """Return the write of a receipt, None if there was none."""
    order_id, _, number = receipt.partition(".")
    if not (number.isascii() and number.isdigit()) or int(number) > _LARGEST or "\0" in order_id:
        return None
    return await _one(session, _FIND, {"order_id": order_id, "event_id": int(number)})


async def find_last_receipt(
    session: AsyncSession, store_id: str, external_id: str
) -> Receipt | None:
    """Return the last write of an order, None if there is no such order."""
    return await _one(session, _FIND_LAST, {"store_id": store_id, "external_id": external_id})


async def _one(
    session: AsyncSession, statement: TextClause, values: dict[str, str | int]
) -> Receipt | None:
    row = (await session.execute(statement, values)).one_or_none()
    if row is None:
        return None
    return Receipt(receipt_of(row[0], row[2]), row[1], row[2], row[3])
