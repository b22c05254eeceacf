"""Warehouses: our own, and the one that JD runs for a store."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.inventory.domain.refusals import WarehouseInvalidError
from shared.kernel.buckets import StoreCalendar

DEFAULT = "main"
"""The warehouse that a fleet has without being told of any."""


class WarehouseKind(StrEnum):
    """Who runs it; JD's (京东自营仓库) keeps a safety level of its own."""

    OWN = "own"
    JD = "jd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A place of stock; one with a `store_id` serves that store alone, another serves all.

    `safety_units` are held back of every SKU, None leaves it to the store's setting for one of JD's
    and holds nothing back in another. Goods are taken from lower ranks first.
    """

    warehouse_id: str
    name: str
    kind: WarehouseKind
    currency: str
    calendar: StoreCalendar
    store_id: str | None = None
    safety_units: int | None = None
    rank: int = 100
    is_active: bool = True
    version: int = 1


def check_warehouse(warehouse: Warehouse) -> None:
    """Refuse a warehouse that cannot be; raises `WarehouseInvalidError`."""
    if warehouse.kind is WarehouseKind.JD and warehouse.store_id is None:
        detail = "The warehouse that JD runs is a store's."
        raise WarehouseInvalidError(detail, pointer="/store_id")
    if warehouse.warehouse_id == DEFAULT and (
        warehouse.store_id is not None or not warehouse.is_active
    ):
        detail = f"The warehouse {DEFAULT} takes what names no other: it serves all stores."
        raise WarehouseInvalidError(detail, pointer="/store_id")


def serving(warehouses: Iterable[Warehouse], store_id: str) -> list[Warehouse]:
    """Return the warehouses that serve a store, in the order goods are taken from them."""
    fitting = [each for each in warehouses if each.is_active and each.store_id in {None, store_id}]
    return sorted(fitting, key=lambda each: (each.store_id is None, each.rank, each.warehouse_id))
