"""A desk at which tests serve orders, without a database."""

from datetime import UTC, datetime, timedelta

from services.inventory.domain.desk import Desk
from services.inventory.domain.goods import Component, Goods, Sku
from services.inventory.domain.levels import Key, Level
from services.inventory.domain.reservations import Wanted
from services.inventory.domain.reserving import Asked, Rules
from services.inventory.domain.shelf import Shelf, Terms
from services.inventory.domain.warehouses import Warehouse, WarehouseKind
from shared.kernel.buckets import StoreCalendar

T0 = datetime(2026, 11, 11, tzinfo=UTC)
HOLD = timedelta(hours=72)


def a_warehouse(name: str, **words: object) -> Warehouse:
    return Warehouse(
        **{
            "warehouse_id": name, "name": name, "kind": WarehouseKind.OWN, "currency": "CNY",
            "calendar": StoreCalendar("Asia/Shanghai"), **words,
        }  # type: ignore[arg-type]
    )  # fmt: skip


def a_sku(code: str, *parts: tuple[str, int]) -> Sku:
    components = tuple(Component(*part) for part in parts)
    goods = Goods(sku=code, item_number=code, title=code, components=components)
    return Sku(goods=goods, version=1)


SKUS = {sku.goods.sku: sku for sku in (
    a_sku("tea"), a_sku("cup"), a_sku("set", ("tea", 1), ("cup", 2)), a_sku("duo", ("tea", 2)),
)}  # fmt: skip


def a_desk(levels: dict[tuple[str, str], int], **terms: dict[str, Terms]) -> Desk:
    names = {name for name, _ in levels} | {"main"}
    houses = [a_warehouse(name) for name in sorted(names)]
    shelf = Shelf({Key(*key): Level(on_hand=number) for key, number in levels.items()}, terms)
    return Desk(shelf, SKUS, {"s1": houses, "s2": houses})


def asked(*goods: tuple[str, int], order: str = "o1", **words: object) -> Asked:
    wanted = [Wanted(no, sku, number) for no, (sku, number) in enumerate(goods, start=1)]
    return Asked(
        **{"store_id": "s1", "at": T0, "rules": Rules(), "wanted": wanted, "order_id": order,
           **words}  # type: ignore[arg-type]
    )  # fmt: skip


def kinds(desk: Desk) -> list[str]:
    return [fact.kind.value for fact in desk.facts]


def counts(desk: Desk, sku: str = "tea", name: str = "main") -> tuple[int, int]:
    level = desk.shelf.levels[Key(name, sku)]
    return level.on_hand, level.reserved
