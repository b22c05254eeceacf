"""Levels as they are kept: locked in the order of their keys, written together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Key, Level
from shared.db.bulk import BulkStatement

JD_SAFETY = "inventory.jd_safety_units"

SAFETY = f"""
    coalesce({{units}}, warehouses.safety_units, CASE warehouses.kind WHEN 'jd'
             THEN (stores.settings ->> '{JD_SAFETY}')::int END, 0)
"""
"""What is held back of a SKU: as set for it, for its warehouse, or by the store for JD's."""

_WANTED = "unnest(CAST(:warehouses AS text[]), CAST(:skus AS text[])) AS wanted (warehouse_id, sku)"
_MAKE = text(f"""
    INSERT INTO stock_balances (warehouse_id, sku, safety_stock)
    SELECT warehouse_id, sku, {SAFETY.format(units="NULL")}
    FROM {_WANTED}
    JOIN warehouses USING (warehouse_id)
    LEFT JOIN registry_stores AS stores ON stores.store_id = warehouses.store_id
    WHERE NOT EXISTS (SELECT FROM stock_balances AS kept
                      WHERE kept.warehouse_id = wanted.warehouse_id AND kept.sku = wanted.sku)
    ORDER BY warehouse_id, sku
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - made of constants
_COLUMNS = """
    warehouse_id, sku, on_hand, reserved, quarantine, in_transit, safety_stock, unit_cost, version
"""
_LOCK = text(f"""
    SELECT {_COLUMNS} FROM stock_balances JOIN {_WANTED} USING (warehouse_id, sku)
    ORDER BY warehouse_id, sku FOR UPDATE OF stock_balances
""")  # noqa: S608
_WRITE = BulkStatement(
    text("""
        UPDATE stock_balances
        SET on_hand = v.on_hand, reserved = v.reserved, quarantine = v.quarantine,
            in_transit = v.in_transit, safety_stock = v.safety_stock, unit_cost = v.unit_cost,
            version = v.version, updated_at = now()
        FROM unnest(CAST(:warehouse_id AS text[]), CAST(:sku AS text[]),
                    CAST(:on_hand AS bigint[]), CAST(:reserved AS bigint[]),
                    CAST(:quarantine AS bigint[]), CAST(:in_transit AS bigint[]),
                    CAST(:safety_stock AS bigint[]), CAST(:unit_cost AS numeric[]),
                    CAST(:version AS integer[]))
             AS v (warehouse_id, sku, on_hand, reserved, quarantine, in_transit, safety_stock,
                   unit_cost, version)
        WHERE stock_balances.warehouse_id = v.warehouse_id AND stock_balances.sku = v.sku
    """),
    (
        "warehouse_id", "sku", "on_hand", "reserved", "quarantine", "in_transit", "safety_stock",
        "unit_cost", "version",
    ),
)  # fmt: skip


async def make_levels(session: AsyncSession, keys: Iterable[Key]) -> None:
    """Make the levels that are not there, empty; before any is locked.

    Who makes first, and locks in order after it, waits in no circle.
    """
    await session.execute(_MAKE, _keys(keys))


async def lock_levels(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, Level]:
    """Lock the levels of these keys that are there, in the order of their keys."""
    rows = (await session.execute(_LOCK, _keys(keys))).mappings()
    return {Key(row["warehouse_id"], row["sku"]): level_of(row) for row in rows}


async def write_levels(session: AsyncSession, levels: Mapping[Key, Level]) -> None:
    """Store locked levels."""
    rows = [
        (
            *key, level.on_hand, level.reserved, level.quarantine, level.in_transit,
            level.safety_stock, level.unit_cost, level.version,
        )
        for key, level in levels.items()
    ]  # fmt: skip
    await _WRITE.run(session, rows)


def level_of(row: RowMapping) -> Level:
    """Return the level of a row."""
    return Level(
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        quarantine=row["quarantine"],
        in_transit=row["in_transit"],
        safety_stock=row["safety_stock"],
        unit_cost=row["unit_cost"],
        version=row["version"],
    )


def _keys(keys: Iterable[Key]) -> dict[str, Sequence[str]]:
    wanted = sorted(set(keys))
    return {
        "warehouses": [key.warehouse_id for key in wanted],
        "skus": [key.sku for key in wanted],
    }


_ROWS = text("""
    SELECT balances.warehouse_id, balances.sku, balances.balance_id,
           balances.on_hand - coalesce(later.on_hand, 0) AS on_hand,
           balances.reserved - coalesce(later.reserved, 0) AS reserved,
           balances.quarantine - coalesce(later.quarantine, 0) AS quarantine,
           balances.in_transit - coalesce(later.in_transit, 0) AS in_transit,
           balances.safety_stock, balances.unit_cost, balances.version, balances.alert_level,
           balances.created_at, balances.updated_at, warehouses.currency
    FROM stock_balances AS balances
    JOIN warehouses USING (warehouse_id)
    LEFT JOIN LATERAL (
        SELECT sum(quantity) FILTER (WHERE bucket = 'on_hand')::bigint AS on_hand,
               sum(quantity) FILTER (WHERE bucket = 'reserved')::bigint AS reserved,
               sum(quantity) FILTER (WHERE bucket = 'quarantine')::bigint AS quarantine,
               sum(quantity) FILTER (WHERE bucket = 'in_transit')::bigint AS in_transit
        FROM stock_movements AS movements
        WHERE movements.sku = balances.sku AND movements.warehouse_id = balances.warehouse_id
          AND movements.occurred_at > CAST(:at AS timestamptz)
    ) AS later ON CAST(:at AS timestamptz) IS NOT NULL
    WHERE (CAST(:skus AS text[]) IS NULL OR balances.sku = ANY(CAST(:skus AS text[])))
      AND balances.warehouse_id = ANY(CAST(:warehouses AS text[]))
      AND (CAST(:since AS timestamptz) IS NULL OR balances.updated_at >= :since)
      AND (CAST(:after AS bigint) IS NULL OR balances.balance_id > :after)
    ORDER BY balances.balance_id LIMIT :most
""")


async def page_of_levels(  # noqa: PLR0913 - a question, its members named
    session: AsyncSession,
    *,
    warehouses: Sequence[str],
    skus: Sequence[str] | None,
    at: datetime | None,
    since: datetime | None,
    after: int | None,
    most: int,
) -> Sequence[RowMapping]:
    """Return levels in the order they were made, as they are or as they were at a past time.

    `since` leaves out those that did not change since; `after` is the last one seen. What occurred
    later is taken off what is kept, so a back-dated row stands in every later balance.
    """
    values = {
        "warehouses": list(warehouses),
        "skus": None if skus is None else list(skus),
        "at": at,
        "since": since,
        "after": after,
        "most": most,
    }
    return (await session.execute(_ROWS, values)).mappings().all()
