"""Discarding all figures, before the owners' logs are read again from their first events."""

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.projections.apply import CHANNEL, EVERYTHING
from services.reporting.repository.standing import renew_versions
from services.reporting.tables import DIGEST_HEARD, DIGEST_LINE, FIGURES


async def discard_figures(session: AsyncSession) -> None:
    """Empty the tables of figures, and what owners said of theirs; tell who looks at them.

    Rows are deleted, not tables emptied: who reads meanwhile sees the figures as they were.
    """
    for table in (*FIGURES, DIGEST_LINE, DIGEST_HEARD):
        await session.execute(delete(table))
    await renew_versions(session)
    await session.execute(
        text("SELECT pg_notify(:channel, :note)"), {"channel": CHANNEL, "note": EVERYTHING}
    )
