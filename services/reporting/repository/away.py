"""Which events took no effect though the reader has passed them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# The trail is where it stands which parked events were given up.
_AWAY = text("""
    SELECT owner, partition, sequence, key FROM dead_letters WHERE reader = :reader
    UNION
    SELECT before ->> 'owner', CAST(before ->> 'partition' AS smallint),
           CAST(before ->> 'sequence' AS bigint), before ->> 'key'
    FROM audit_trail
    WHERE action = 'dead_letter.discarded' AND before ->> 'reader' = :reader
""")


async def away(session: AsyncSession, reader: str) -> list[tuple[str, int, int, str]]:
    """Return owner, partition, sequence and key of what is parked, or was given up."""
    rows = await session.execute(_AWAY, {"reader": reader})
    return [(row[0], row[1], row[2], row[3]) for row in rows]
