"""The register of wrong shipments, and its counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.wrong_shipments import WrongShipment
from services.orders.repository.cases import CaseTable
from services.orders.tables.cases import WrongShipmentRow

WRONG_SHIPMENTS = CaseTable(WrongShipmentRow, WrongShipment, moment="registered_at")

_COUNTS = text("""
    SELECT store_id, responsible_staff, kind, count(*), sum(cost_minor)::bigint
    FROM unnest(CAST(:stores AS text[]), CAST(:begins AS timestamptz[]),
                CAST(:ends AS timestamptz[])) AS span (store_id, begins, ends)
    JOIN wrong_shipments USING (store_id)
    WHERE registered_at >= begins AND registered_at < ends
    GROUP BY store_id, responsible_staff, kind
    ORDER BY store_id, count(*) DESC, responsible_staff, kind
""")


class WrongCount(NamedTuple):
    """How many wrong shipments of a kind are put down to a person, and what they cost."""

    store_id: str
    responsible_staff: str
    kind: str
    entries: int
    cost_minor: int


async def count_wrong(
    session: AsyncSession, spans: Sequence[tuple[str, datetime, datetime]]
) -> list[WrongCount]:
    """Return the counts of stores, each in a span of its own, whose end is not in it."""
    stores, begins, ends = ([span[place] for span in spans] for place in range(3))
    values = {"stores": stores, "begins": begins, "ends": ends}
    return [WrongCount(*row) for row in await session.execute(_COUNTS, values)]
