"""The bridge between the bases: money whose own bucket and whose order's bucket differ."""

from collections import defaultdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.measures import BRIDGE_MEASURES
from services.reporting.kpis.catalogue import BRIDGE_PARTS
from services.reporting.repository.extent import SPANS, Extent, Place


async def read_bridge(session: AsyncSession, extent: Extent) -> dict[Place, dict[str, int]]:
    """Return the measures of the bridge at each place where there are any.

    `paid_minor_in` came in the bucket for orders from outside it, `paid_minor_out` outside the
    bucket for its orders; the others alike.
    """
    ordered, own = extent.bucket("t.order_date"), extent.bucket("t.event_date")
    is_ordered = "t.order_date >= s.first AND t.order_date < s.ends"
    is_own = "t.event_date >= s.first AND t.event_date < s.ends"
    sums = ", ".join(f"sum(t.{name})::bigint" for name in BRIDGE_MEASURES)
    statement = text(
        f"SELECT t.store_id, CASE WHEN {is_ordered} THEN {ordered} END,"  # noqa: S608 - names
        f" CASE WHEN {is_own} THEN {own} END, {sums}"
        f" FROM ({SPANS}) s JOIN bridge_day t ON t.store_id = s.store_id"
        f" AND ({is_ordered} OR {is_own}) GROUP BY 1, 2, 3"
    )
    found: defaultdict[Place, dict[str, int]] = defaultdict(lambda: dict.fromkeys(BRIDGE_PARTS, 0))
    rows = await session.execute(statement, extent.parameters())
    for store_id, order_bucket, own_bucket, *values in rows:
        if order_bucket == own_bucket:
            continue
        for bucket, way in ((own_bucket, "in"), (order_bucket, "out")):
            if bucket is not None:
                cell = found[store_id, None, bucket]
                for name, value in zip(BRIDGE_MEASURES, values, strict=True):
                    cell[f"{name}_{way}"] += value
    return dict(found)
