"""The notes of an order."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.parts import Note

_NOTES = text("""
    SELECT at, staff, kind, text, flag, sealed FROM order_notes
    WHERE order_id = :order_id ORDER BY note_id
""")


async def notes_of(session: AsyncSession, order_id: str) -> list[Note]:
    """Return the notes of an order in the order they were written."""
    rows = await session.execute(_NOTES, {"order_id": order_id})
    return [Note(**row) for row in rows.mappings()]
