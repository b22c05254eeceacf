"""Levels as events."""

from datetime import datetime

from services.inventory.domain.levels import Bucket, Key, Level
from services.inventory.domain.movements import Entry
from services.inventory.domain.warehouses import Warehouse
from shared.contracts.inventory_stock import Movement, StockLevelChanged


def level_changed(
    key: Key,
    level: Level,
    warehouse: Warehouse,
    *,
    previous_available: int,
    entries: list[Entry],
    booked_at: datetime,
) -> StockLevelChanged:
    """Return the event of a level that changed, dated as the latest of its rows.

    Rows that only promise pieces are no movements of goods and stand in no event of a level.
    """
    unit = level.cost_of(1)
    return StockLevelChanged(
        occurred_at=max((each.origin.occurred_at for each in entries), default=booked_at),
        warehouse_id=key.warehouse_id,
        warehouse_kind=warehouse.kind.value,
        sku=key.sku,
        timezone=warehouse.calendar.timezone,
        day_start=warehouse.calendar.day_start,
        store_id=warehouse.store_id,
        on_hand=level.on_hand,
        reserved=level.reserved,
        available=level.available,
        safety_stock=level.safety_stock,
        quarantine=level.quarantine,
        in_transit=level.in_transit,
        previous_available=previous_available,
        movements=[
            _movement(each, booked_at) for each in entries if each.bucket is not Bucket.RESERVED
        ],
        version=level.version,
        unit_cost_minor=unit,
        currency=None if unit is None else warehouse.currency,
    )


def _movement(entry: Entry, booked_at: datetime) -> Movement:
    return Movement(
        movement_id=str(entry.movement_id),
        kind=entry.kind.value,
        bucket=entry.bucket.value,
        quantity=entry.quantity,
        occurred_at=entry.origin.occurred_at,
        booked_at=booked_at,
        reference=entry.origin.reference,
        cost_minor=entry.cost_minor,
    )
