"""What inventory states about buying and counting: purchases, suppliers, needs, stocktakes."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class PurchaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a SKU; of `accepted` and `defective` only what this event tells of."""

    sku: str
    quantity: int
    unit_cost_minor: int
    accepted: int = 0
    defective: int = 0


class PurchaseEvent(Event, frozen=True, kw_only=True):
    """A fact about one purchase order; money in minor units of `currency`.

    `store_id` is set where one store bears it.
    """

    purchase_id: str
    supplier_id: str
    warehouse_id: str
    currency: str
    lines: list[PurchaseLine]
    timezone: str
    day_start: int = 0
    store_id: str | None = None

    def key(self) -> str:
        """Order matters per purchase order."""
        return self.purchase_id

    def store(self) -> str | None:
        """Return the store that bears it."""
        return self.store_id


class PurchaseOrdered(PurchaseEvent, frozen=True, kw_only=True):
    """Goods were ordered (采购); a first purchase over 3 sets carries why it was let through."""

    type: ClassVar[str] = "inventory.purchase_ordered.v1"

    amount_minor: int
    expected_at: Moment | None = None
    override_reason: str | None = None


class PurchaseArrived(PurchaseEvent, frozen=True, kw_only=True):
    """Goods of a purchase arrived (到货); they wait for inspection."""

    type: ClassVar[str] = "inventory.purchase_arrived.v1"

    ordered_at: Moment
    is_complete: bool


class PurchaseAccepted(PurchaseEvent, frozen=True, kw_only=True):
    """Arrived goods were counted and inspected (验收): accepted ones are in stock."""

    type: ClassVar[str] = "inventory.purchase_accepted.v1"

    ordered_at: Moment
    slip_number: str
    is_complete: bool


class SupplierBalanceChanged(Event, frozen=True, kw_only=True):
    """What is paid and owed to a supplier (实付金额与欠款), whole, after `kind`.

    `kind` is purchase, payment, exchange or correction. `exchange_open_minor` is the outstanding
    account of goods sent back and not yet exchanged (单独建账).
    """

    type: ClassVar[str] = "inventory.supplier_balance_changed.v1"

    supplier_id: str
    kind: str
    amount_minor: int
    paid_minor: int
    owed_minor: int
    exchange_open_minor: int
    currency: str
    reference: str | None = None

    def key(self) -> str:
        """Order matters per supplier."""
        return f"supplier:{self.supplier_id}"


class ReplenishmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed of a SKU, and from which numbers."""

    sku: str
    proposed: int
    available: int
    in_transit: int
    mean_daily_thousandths: int
    lead_time_days: int


class ReplenishmentProposed(StoreEvent, frozen=True, kw_only=True):
    """The weekly list of what a store needs (补货需求表); the day is the store's."""

    type: ClassVar[str] = "inventory.replenishment_proposed.v1"

    proposal_id: str
    day: date
    lines: list[ReplenishmentLine]

    def key(self) -> str:
        """Order matters per proposal."""
        return self.proposal_id


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU whose count differed from the book at the moment it was counted."""

    sku: str
    book: int
    counted: int
    difference_minor: int | None = None


class StocktakePosted(Event, frozen=True, kw_only=True):
    """A stocktake (盘点) was approved and posted: accuracy = matching / counted lines."""

    type: ClassVar[str] = "inventory.stocktake_posted.v1"

    stocktake_id: str
    warehouse_id: str
    timezone: str
    day_start: int = 0
    store_id: str | None = None
    opened_at: Moment
    counted_lines: int
    matching_lines: int
    differences: list[CountedLine]
    difference_minor: int
    currency: str
    approved_by: str | None = None

    def key(self) -> str:
        """Order matters per stocktake."""
        return self.stocktake_id

    def store(self) -> str | None:
        """Return the store that the warehouse serves alone."""
        return self.store_id


class ReconciledLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign sold of a SKU, and what left the books for it."""

    sku: str
    sold: int
    issued: int
    left: int


class CampaignStockReconciled(StoreEvent, frozen=True, kw_only=True):
    """After a campaign, sales and stock were compared (盘查是否有出入)."""

    type: ClassVar[str] = "inventory.campaign_stock_reconciled.v1"

    campaign_id: str
    lines: list[ReconciledLine]
    is_matched: bool

    def key(self) -> str:
        """Order matters per campaign."""
        return self.campaign_id


EVENTS: tuple[type[Event], ...] = (
    PurchaseOrdered,
    PurchaseArrived,
    PurchaseAccepted,
    SupplierBalanceChanged,
    ReplenishmentProposed,
    StocktakePosted,
    CampaignStockReconciled,
)
