"""Warehouses are opened and changed."""

from dataclasses import replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.refusals import WarehouseUnknownError
from services.inventory.domain.warehouses import Warehouse, check_warehouse
from services.inventory.repository.warehouses import (
    all_warehouses,
    ensured_warehouses,
    lock_warehouse,
    put_warehouse,
)
from services.inventory.usecases.posting import sees
from shared.audit import differences, record_change
from shared.registry.stores import wait_for_stores
from shared.web.callers import Caller
from shared.web.versions import demand_version


async def set_warehouse(
    session: AsyncSession, warehouse: Warehouse, *, seen: int | None, caller: Caller
) -> tuple[Warehouse, str]:
    """Open a warehouse, or change the version of it that was seen; return it and the outcome.

    Raises `WarehouseInvalidError`, `StoreUnknownError`, `StoreForbiddenError`, and for a change
    `VersionMissingError`, `VersionStaleError`.
    """
    check_warehouse(warehouse)
    if warehouse.store_id is not None:
        caller.demand_store(warehouse.store_id)
        await wait_for_stores(session, [warehouse.store_id])
    await ensured_warehouses(session)
    before = await lock_warehouse(session, warehouse.warehouse_id)
    if before is not None and not sees(caller, before):
        raise WarehouseUnknownError(f"There is no {warehouse.warehouse_id} among yours.")
    if before is not None and replace(warehouse, version=before.version) == before:
        return before, "unchanged"
    after = warehouse
    if before is not None:
        demand_version(seen, before.version)
        after = replace(warehouse, version=before.version + 1)
    await put_warehouse(session, after)
    old = None if before is None else msgspec.to_builtins(before)
    new = msgspec.to_builtins(after)
    if old is not None:
        old, new = differences(old, new)
    await record_change(
        session,
        caller=caller.name,
        action="warehouse.opened" if before is None else "warehouse.changed",
        subject=after.warehouse_id,
        store_id=after.store_id,
        before=old,
        after=new,
    )
    return after, "created" if before is None else "updated"


async def show_warehouses(session: AsyncSession, caller: Caller) -> list[Warehouse]:
    """Return the warehouses that are the caller's to see."""
    found = (await all_warehouses(session)).values()
    return [warehouse for warehouse in found if sees(caller, warehouse)]
