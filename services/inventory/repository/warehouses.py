"""Warehouses as they are stored."""

from collections.abc import Iterable

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.warehouses import DEFAULT, Warehouse, WarehouseKind
from shared.kernel.buckets import StoreCalendar

Warehouses = dict[str, Warehouse]
"""All warehouses of the fleet by id: there are few."""

_ALL = text("SELECT * FROM warehouses ORDER BY warehouse_id")
_LOCK = text("SELECT * FROM warehouses WHERE warehouse_id = :warehouse_id FOR UPDATE")
_MAKE_DEFAULT = text("""
    INSERT INTO warehouses (warehouse_id, name, kind, currency, timezone, day_start, rank,
                            is_active, version)
    SELECT :warehouse_id, '主仓', 'own', currency, timezone, day_start, 100, true, 1
    FROM (
        SELECT currency, timezone, day_start, store_id FROM registry_stores
        UNION ALL SELECT 'CNY', 'Asia/Shanghai', 0, NULL
    ) AS first ORDER BY store_id NULLS LAST LIMIT 1
    ON CONFLICT DO NOTHING
""")
_PUT = text("""
    INSERT INTO warehouses (warehouse_id, name, kind, store_id, currency, timezone, day_start,
                            safety_units, rank, is_active, version)
    VALUES (:warehouse_id, :name, :kind, :store_id, :currency, :timezone, :day_start,
            :safety_units, :rank, :is_active, :version)
    ON CONFLICT (warehouse_id) DO UPDATE
    SET name = excluded.name, kind = excluded.kind, store_id = excluded.store_id,
        currency = excluded.currency, timezone = excluded.timezone,
        day_start = excluded.day_start, safety_units = excluded.safety_units,
        rank = excluded.rank, is_active = excluded.is_active, version = excluded.version,
        updated_at = now()
""")


async def all_warehouses(session: AsyncSession) -> Warehouses:
    """Return every warehouse; the default one stands among them once something was written."""
    return {
        row["warehouse_id"]: _warehouse(row) for row in (await session.execute(_ALL)).mappings()
    }


async def ensured_warehouses(session: AsyncSession) -> Warehouses:
    """Return every warehouse, the default one made if it is not there: for who writes."""
    found = await all_warehouses(session)
    if DEFAULT not in found:
        await session.execute(_MAKE_DEFAULT, {"warehouse_id": DEFAULT})
        found = await all_warehouses(session)
    return found


async def lock_warehouse(session: AsyncSession, warehouse_id: str) -> Warehouse | None:
    """Lock a warehouse and return it, None if there is none."""
    rows = await session.execute(_LOCK, {"warehouse_id": warehouse_id})
    row = rows.mappings().one_or_none()
    return None if row is None else _warehouse(row)


async def put_warehouse(session: AsyncSession, warehouse: Warehouse) -> None:
    """Insert a warehouse, or store it in place of what was."""
    values = {
        "warehouse_id": warehouse.warehouse_id,
        "name": warehouse.name,
        "kind": warehouse.kind.value,
        "store_id": warehouse.store_id,
        "currency": warehouse.currency,
        "timezone": warehouse.calendar.timezone,
        "day_start": warehouse.calendar.day_start,
        "safety_units": warehouse.safety_units,
        "rank": warehouse.rank,
        "is_active": warehouse.is_active,
        "version": warehouse.version,
    }
    await session.execute(_PUT, values)


def ids_of(warehouses: Iterable[Warehouse]) -> list[str]:
    """Return their ids."""
    return [warehouse.warehouse_id for warehouse in warehouses]


def _warehouse(row: RowMapping) -> Warehouse:
    return Warehouse(
        warehouse_id=row["warehouse_id"],
        name=row["name"],
        kind=WarehouseKind(row["kind"]),
        currency=row["currency"],
        calendar=StoreCalendar(row["timezone"], row["day_start"]),
        store_id=row["store_id"],
        safety_units=row["safety_units"],
        rank=row["rank"],
        is_active=row["is_active"],
        version=row["version"],
    )
