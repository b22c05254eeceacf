"""Sums of measures, by store, SKU or province, and bucket: one statement."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.repository.extent import SPANS, Extent, Place

_DAY_TABLES = {None: "store_day", "sku": "sku_day", "province": "region_day"}


async def read_sums(
    session: AsyncSession, extent: Extent, columns: Iterable[str], dimension: str | None = None
) -> dict[Place, dict[str, int]]:
    """Return the sums of columns at each place where there are rows.

    `dimension` is None, `sku` or `province`; the latter two know whole days only.
    """
    wanted = sorted(columns)
    sums = ", ".join(f"sum(t.{name})::bigint AS {name}" for name in wanted) or "0 AS nothing"
    table, period = (
        _DAY_TABLES[dimension],
        "t.business_date >= s.first AND t.business_date < s.ends",
    )
    if extent.is_by_hour:
        # the days bound the hours too, for an index; hours belong where they begin
        table, period = "store_hour", f"{period} AND t.hour >= s.begins_at AND t.hour < s.ends_at"
    key = f"t.{dimension}" if dimension else "NULL::text"
    statement = text(
        f"SELECT t.store_id, {key}, {extent.bucket('t.business_date')}, {sums}"  # noqa: S608 - names
        f" FROM ({SPANS}) s JOIN {table} t ON t.store_id = s.store_id AND {period}"
        " GROUP BY 1, 2, 3"
    )
    rows = await session.execute(statement, extent.parameters())
    return {(row[0], row[1], row[2]): dict(zip(wanted, row[3:], strict=False)) for row in rows}
