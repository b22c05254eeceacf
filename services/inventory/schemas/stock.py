"""Movements and levels as they are told and shown."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Movement, Origin, Told
from services.inventory.domain.warehouses import DEFAULT
from services.inventory.schemas.parts import (
    Prose,
    Shown,
    SignedQuantity,
    StockBody,
    WarehouseId,
    Word,
)
from shared.kernel.money import format_minor, round_to_minor
from shared.web.bodies import Moment, NonNegativeMoney

ToldKind = Literal[
    "receive",
    "issue",
    "adjust",
    "return",
    "quarantine",
    "exchange_out",
    "exchange_in",
    "transfer",
    "transfer_arrival",
    "correction",
]


class NewMovement(StockBody):
    """A movement: `source` and `external_id` name it, so that it can be sent again.

    `quantity` is above zero, and its `kind` says which way it goes; only `adjust` and `quarantine`
    take it below: a loss, and what leaves quarantine for the shelf again. `reference` is a document
    of any kind; what is issued needs its waybill number. A `transfer` goes to `to_warehouse_id` and
    is in transit until its `transfer_arrival` there. A `correction` takes back the whole movement
    that one of whose rows it names. `unit_cost` moves the average cost of what is received.
    """

    external_id: Word
    source: Word = "api"
    kind: ToldKind
    sku: Word | None = None
    quantity: SignedQuantity | None = None
    warehouse_id: WarehouseId = DEFAULT
    to_warehouse_id: WarehouseId | None = None
    bucket: Literal["on_hand", "quarantine"] | None = None
    occurred_at: Moment | None = None
    reference: Word | None = None
    reason: Annotated[Prose, Field(min_length=1)] | None = None
    unit_cost: NonNegativeMoney | None = None
    corrects: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class MovementView(BaseModel):
    """A row of the ledger, signed; `cost` is that of all its pieces.

    `occurred_at` is when it happened, `booked_at` when it was entered. Rows in the bucket
    `reserved` are promises, not goods that move.
    """

    movement_id: int
    kind: str
    bucket: str
    warehouse_id: str
    sku: str
    quantity: int
    occurred_at: Shown
    booked_at: Shown
    source: str | None
    external_id: str | None
    reference: str | None
    reason: str | None
    store_id: str | None
    order_id: str | None
    reservation_id: str | None
    corrects: int | None
    cost: str | None
    caller: str


class LevelView(BaseModel):
    """What there is of a SKU in a warehouse: available = on_hand - reserved - safety_stock.

    Quarantine and what is in transit are on hand no more, or not yet. `alert_level` only warns.
    """

    warehouse_id: str
    sku: str
    on_hand: int
    reserved: int
    available: int
    safety_stock: int
    quarantine: int
    in_transit: int
    alert_level: int | None
    unit_cost: str | None
    currency: str
    version: int
    updated_at: Shown


def movement_of(body: NewMovement, currency: str, now: datetime, caller: str) -> Movement:
    """Return the movement of a row, its cost in the warehouse's currency."""
    quantity = body.quantity or 0
    cost = None
    if body.unit_cost is not None:
        cost = round_to_minor(body.unit_cost * abs(quantity), currency)
    return Movement(
        kind=Told(body.kind),
        key=Key(body.warehouse_id, body.sku or ""),
        quantity=quantity,
        origin=Origin(
            occurred_at=body.occurred_at or now,
            caller=caller,
            source=body.source,
            external_id=body.external_id,
            reference=body.reference,
            reason=body.reason,
        ),
        bucket=None if body.bucket is None else Bucket(body.bucket),
        to_warehouse_id=body.to_warehouse_id,
        cost_minor=cost,
        corrects=body.corrects,
    )


def movement_view(row: RowMapping, currency: str) -> MovementView:
    """Return a row of the ledger as it is shown."""
    cost = row["cost_minor"]
    shown = {name: row[name] for name in MovementView.model_fields if name != "cost"}
    return MovementView(**shown, cost=None if cost is None else format_minor(cost, currency))


def level_view(row: RowMapping) -> LevelView:
    """Return a level as it is shown."""
    unit, currency = row["unit_cost"], row["currency"]
    return LevelView(
        warehouse_id=row["warehouse_id"],
        sku=row["sku"],
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        available=row["on_hand"] - row["reserved"] - row["safety_stock"],
        safety_stock=row["safety_stock"],
        quarantine=row["quarantine"],
        in_transit=row["in_transit"],
        alert_level=row["alert_level"],
        unit_cost=None if unit is None else format_minor(round(unit), currency),
        currency=currency,
        version=row["version"],
        updated_at=row["updated_at"],
    )
