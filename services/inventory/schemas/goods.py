"""SKUs and warehouses as they are told and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.inventory.domain.goods import Component, Goods, Sku
from services.inventory.domain.warehouses import Warehouse, WarehouseKind
from services.inventory.schemas.parts import Quantity, Shown, StockBody, Units, WarehouseId, Word
from shared.kernel.buckets import StoreCalendar
from shared.kernel.money import format_minor
from shared.web.bodies import Currency, Moment, StoreId, TimeZone


class NewComponent(StockBody):
    """Pieces of a SKU in one piece of a bundle."""

    sku: Word
    quantity: Quantity = 1


class NewSku(StockBody):
    """A SKU, whole: `sku` is the merchant code (商家编码) that listings and orders name.

    `item_number` (统一货号) unites sizes and colours; without one it is the SKU's own code. A
    bundle has `components` and no stock of its own.
    """

    sku: Word
    item_number: Word | None = None
    title: Word | None = None
    size: Word | None = None
    colour: Word | None = None
    barcode: Word | None = None
    category: Word | None = None
    weight_grams: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    components: Annotated[list[NewComponent], Field(max_length=100)] = Field(default_factory=list)
    is_active: bool = True
    source_updated_at: Moment | None = None


class ComponentView(BaseModel):
    """Pieces of a SKU in one piece of a bundle."""

    sku: str
    quantity: int


class SkuView(BaseModel):
    """A SKU; `cost` is the latest price of purchase."""

    sku: str
    item_number: str
    title: str
    size: str | None
    colour: str | None
    barcode: str | None
    category: str | None
    weight_grams: int | None
    components: list[ComponentView]
    is_active: bool
    cost: str | None
    currency: str | None
    first_received_at: Shown | None
    version: int


class SkuAnswer(BaseModel):
    """A SKU after a request, and what the request did."""

    sku: SkuView
    outcome: str


class WarehouseBody(StockBody):
    """A warehouse: one with a `store_id` serves that store alone; `kind` jd is JD's (京东自营仓库).

    `safety_units` are held back of every SKU; without them one of JD's follows its store's setting.
    Goods are taken from a lower `rank` first.
    """

    name: Word
    kind: WarehouseKind = Field(default=WarehouseKind.OWN, strict=False)
    store_id: StoreId | None = None
    currency: Currency = "CNY"
    timezone: TimeZone = "Asia/Shanghai"
    day_start: Annotated[int, Field(ge=0, le=23)] = 0
    safety_units: Units | None = None
    rank: Annotated[int, Field(ge=0, le=10_000)] = 100
    is_active: bool = True


class WarehouseView(BaseModel):
    """A warehouse."""

    warehouse_id: str
    name: str
    kind: Literal["own", "jd"]
    store_id: str | None
    currency: str
    timezone: str
    day_start: int
    safety_units: int | None
    rank: int
    is_active: bool
    version: int


def goods_of(body: NewSku) -> Goods:
    """Return what a row says of a SKU."""
    return Goods(
        sku=body.sku,
        item_number=body.item_number or body.sku,
        title=body.title or body.sku,
        size=body.size,
        colour=body.colour,
        barcode=body.barcode,
        category=body.category,
        weight_grams=body.weight_grams,
        components=tuple(Component(part.sku, part.quantity) for part in body.components),
        is_active=body.is_active,
    )


def sku_view(sku: Sku) -> SkuView:
    """Return a SKU as it is shown."""
    goods = sku.goods
    cost = None
    if sku.cost_minor is not None and sku.currency is not None:
        cost = format_minor(sku.cost_minor, sku.currency)
    return SkuView(
        sku=goods.sku,
        item_number=goods.item_number,
        title=goods.title,
        size=goods.size,
        colour=goods.colour,
        barcode=goods.barcode,
        category=goods.category,
        weight_grams=goods.weight_grams,
        components=[
            ComponentView(sku=part.sku, quantity=part.quantity) for part in goods.components
        ],
        is_active=goods.is_active,
        cost=cost,
        currency=sku.currency,
        first_received_at=sku.first_received_at,
        version=sku.version,
    )


def warehouse_of(warehouse_id: WarehouseId, body: WarehouseBody) -> Warehouse:
    """Return the warehouse that a body describes."""
    return Warehouse(
        warehouse_id=warehouse_id,
        name=body.name,
        kind=body.kind,
        currency=body.currency,
        calendar=StoreCalendar(body.timezone, body.day_start),
        store_id=body.store_id,
        safety_units=body.safety_units,
        rank=body.rank,
        is_active=body.is_active,
    )


def warehouse_view(warehouse: Warehouse) -> WarehouseView:
    """Return a warehouse as it is shown."""
    return WarehouseView(
        warehouse_id=warehouse.warehouse_id,
        name=warehouse.name,
        kind=warehouse.kind.value,
        store_id=warehouse.store_id,
        currency=warehouse.currency,
        timezone=warehouse.calendar.timezone,
        day_start=warehouse.calendar.day_start,
        safety_units=warehouse.safety_units,
        rank=warehouse.rank,
        is_active=warehouse.is_active,
        version=warehouse.version,
    )
