"""Whether the tables of figures agree: each tells the same events in its own way."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.measures import (
    BRIDGE_MEASURES,
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    STORE_MEASURES,
    TWIN,
)

# What SKUs have of a day: money and pieces add up to the store's, orders of several SKUs do not.
_PAID_AND_BACK = ("paid_minor", "units_paid", "refunded_minor", "units_refunded")
_SKU = (
    "placed_minor",
    "units_placed",
    *_PAID_AND_BACK,
    *(name + TWIN for name in _PAID_AND_BACK),
)
_REASON = tuple(name for name in REASON_MEASURES if name in HANDLING_MEASURES)
_RETURN = tuple(
    name + suffix
    for name in ("units_in_cases", "refunded_minor", "units_refunded")
    for suffix in ("", TWIN)
)
_BUYERS = {
    f"orders_paid{suffix}": f"orders_paid{suffix} - orders_without_buyer{suffix}"
    for suffix in ("", TWIN)
}


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


def _differing(source: str, day: str, columns: dict[str, str], beside: str = "store_day") -> str:
    """Return the days on which sums of a table's columns are not what the table beside it has."""
    sums = ", ".join(f"coalesce(sum({name}), 0) AS c{n}" for n, name in enumerate(columns))
    own = ", ".join(f"coalesce(sum({told}), 0) AS c{n}" for n, told in enumerate(columns.values()))
    ours, theirs = (
        ", ".join(f"coalesce({side}.c{n}, 0)" for n in range(len(columns)))
        for side in ("ours", "theirs")
    )
    return f"""
        SELECT store_id, day FROM (
            SELECT store_id, {day} AS day, {sums} FROM {source}
            WHERE {day} >= :since GROUP BY 1, 2
        ) ours FULL JOIN (
            SELECT store_id, business_date AS day, {own} FROM {beside}
            WHERE business_date >= :since GROUP BY 1, 2
        ) theirs USING (store_id, day)
        WHERE ({ours}) IS DISTINCT FROM ({theirs})
    """  # noqa: S608 - names of ours


# Tables that an upgrade made are held against each other only: they begin empty together.
_PARTS = (
    _differing("store_hour", "business_date", _same(STORE_MEASURES)),
    _differing("region_day", "business_date", _same(REGION_MEASURES)),
    _differing("sku_day", "business_date", _same(_SKU)),
    _differing("bridge_day", "event_date", _same(BRIDGE_MEASURES)),
    _differing("bridge_day", "order_date", {name: name + TWIN for name in BRIDGE_MEASURES}),
    _differing("buyer_store", "business_date", _BUYERS),
    _differing("handling_hour", "business_date", _same(HANDLING_MEASURES), "handling_day"),
    _differing("reason_day", "business_date", _same(_REASON), "handling_day"),
    _differing("return_day", "business_date", _same(_RETURN), "reason_day"),
)
_DISAGREEING = text(f"""
    SELECT store_id, count(*) FROM ({" UNION ".join(_PARTS)}) AS found GROUP BY 1 ORDER BY 1
""")  # noqa: S608 - names of ours


async def disagreeing_days(session: AsyncSession, since: date) -> dict[str, int]:
    """Return the stores whose tables differ from each other, and on how many days since then.

    One statement sees one moment, so nothing that is on its way can differ.
    """
    rows = await session.execute(_DISAGREEING, {"since": since})
    return {row[0]: row[1] for row in rows}
