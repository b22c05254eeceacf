"""Sums of measures, by store or a division of it, and bucket: one statement per table."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.measures import (
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
)
from services.reporting.repository.extent import SPANS, Extent, Place

_Source = tuple[str, frozenset[str]]
_RETURNS: _Source = ("return_day", frozenset(RETURN_MEASURES))
_DAYS: Mapping[str | None, tuple[_Source, ...]] = MappingProxyType(
    {
        None: (
            ("store_day", frozenset(STORE_MEASURES)),
            ("handling_day", frozenset(HANDLING_MEASURES)),
        ),
        "sku": (("sku_day", frozenset(SKU_MEASURES)), _RETURNS),
        "province": (("region_day", frozenset(REGION_MEASURES)),),
        "reason": (("reason_day", frozenset(REASON_MEASURES)),),
        "sku_reason": (_RETURNS,),
    }
)
"""The tables in which a division's measures are looked for, in this order."""

_HOURS = MappingProxyType({"store_day": "store_hour", "handling_day": "handling_hour"})
_KEYS = MappingProxyType({None: "NULL::text", "sku_reason": "t.reason || '/' || t.sku"})


def sku_and_reason(name: str) -> tuple[str | None, str]:
    """Return the two parts of a dimension `sku_reason`; no SKU where it stands on no product."""
    reason, _, sku = name.partition("/")
    return sku or None, reason


async def read_sums(
    session: AsyncSession, extent: Extent, columns: Iterable[str], dimension: str | None = None
) -> dict[Place, dict[str, int]]:
    """Return the sums of columns at each place where there are rows.

    `dimension` is None, `sku`, `province`, `reason` or `sku_reason`; only None knows hours.
    """
    found: defaultdict[Place, dict[str, int]] = defaultdict(dict)
    for table, wanted in _tables(frozenset(columns), dimension):
        statement = text(_statement(extent, table, wanted, dimension))
        for row in await session.execute(statement, extent.parameters()):
            found[row[0], row[1], row[2]].update(zip(wanted, row[3:], strict=True))
    return found


def _tables(columns: Collection[str], dimension: str | None) -> Iterator[tuple[str, list[str]]]:
    left = set(columns)
    for table, kept in _DAYS[dimension]:
        if wanted := sorted(left & kept):
            yield table, wanted
        left -= kept
    if left:
        raise KeyError(f"{sorted(left)} are not kept by {dimension or 'store'}")


def _statement(extent: Extent, table: str, wanted: list[str], dimension: str | None) -> str:
    sums = ", ".join(f"sum(t.{name})::bigint" for name in wanted)
    period = "t.business_date >= s.first AND t.business_date < s.ends"
    if extent.is_by_hour:
        # the days bound the hours too, for an index; hours belong where they begin
        table, period = _HOURS[table], f"{period} AND t.hour >= s.begins_at AND t.hour < s.ends_at"
    key = _KEYS.get(dimension, f"t.{dimension}")
    return (
        f"SELECT t.store_id, {key}, {extent.bucket('t.business_date')}, {sums}"  # noqa: S608 - names
        f" FROM ({SPANS}) s JOIN {table} t ON t.store_id = s.store_id AND {period}"
        " GROUP BY 1, 2, 3"
    )
