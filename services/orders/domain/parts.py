"""What an order consists of: lines, payments, parcels, refunds, its buyer, notes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from services.orders.domain.moves import RefundStatus


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `amount_minor` is quantity times price, rounded once, less its own discount.

    `stated_sku` is what its source says where the buyer got another model here.
    """

    line_no: int
    sku: str | None
    name: str | None
    quantity: int
    unit_price: Decimal
    discount_minor: int
    amount_minor: int
    is_gift: bool = False
    stated_sku: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in; `stated_minor` is what the source said, before any correction.

    `method` is how it was paid (支付方式), `channel` where (支付位置), `instalments` in how
    many the buyer pays it off (分期).
    """

    external_id: str
    amount_minor: int
    stated_minor: int
    paid_at: datetime
    method: str | None = None
    payment_id: str = ""
    channel: str | None = None
    instalments: int | None = None


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """How many pieces of a line a parcel holds."""

    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel; `lines` None asks for all that remains, `is_complete` says it was the last.

    `tracking_state` is the newest that its courier reported, of `tracked_at`; `stall_told_at` the
    movement after which it was last told to have stalled.
    """

    external_id: str
    courier: str
    waybill: str
    shipped_at: datetime
    lines: tuple[ShippedLine, ...] | None = None
    weight_grams: int | None = None
    shipment_id: str = ""
    is_complete: bool = False
    tracking_state: str | None = None
    tracked_at: datetime | None = None
    stall_told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What of a line goes back; quantity 0 means money only (仅退款)."""

    line_no: int
    quantity: int
    amount_minor: int


UNTOLD = "other"
"""The kind of reason of a refund for which none was told."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back, postage included; its three dates are its life.

    `case_id` is the return it belongs to, where there is one; `urgent_at` is when finance was asked
    to pay it first.
    """

    external_id: str
    amount_minor: int
    requested_at: datetime
    postage_minor: int = 0
    lines: tuple[RefundLine, ...] = ()
    reason: str = ""
    with_return: bool = False
    approved_at: datetime | None = None
    rejected_at: datetime | None = None
    paid_at: datetime | None = None
    is_time_assumed: bool = False
    refund_id: str = ""
    reason_kind: str = UNTOLD
    is_quality_fault: bool = False
    case_id: str | None = None
    is_disputed: bool = False
    urgent_at: datetime | None = None

    @property
    def status(self) -> RefundStatus:
        """How far it has come."""
        if self.paid_at is not None:
            return RefundStatus.PAID
        if self.rejected_at is not None:
            return RefundStatus.REJECTED
        return RefundStatus.REQUESTED if self.approved_at is None else RefundStatus.APPROVED


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer by keyed hashes; only province and city are plain."""

    account: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    province: str | None = None
    city: str | None = None

    def overlaid_by(self, other: Self) -> "Buyer":
        """Return this buyer with all that `other` knows."""
        return Buyer(
            account=other.account or self.account,
            name=other.name or self.name,
            phone=other.phone or self.phone,
            address=other.address or self.address,
            province=other.province or self.province,
            city=other.city or self.city,
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the buyer asked for beside the goods; invoice title and card text by keyed hashes."""

    courier: str | None = None
    delivery_time: str | None = None
    invoice: str | None = None
    card: str | None = None

    def overlaid_by(self, other: Self) -> "Wishes":
        """Return these wishes with all that `other` names."""
        return Wishes(
            courier=other.courier or self.courier,
            delivery_time=other.delivery_time or self.delivery_time,
            invoice=other.invoice or self.invoice,
            card=other.card or self.card,
        )


@dataclass(frozen=True, slots=True)
class Chase:
    """Who asked the buyer of order `order_id` to pay, at the level owner or open."""

    staff: str
    at: datetime
    level: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of an order goes on: `kind` is audit, fraud or problem."""

    kind: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on an order, and the flag it was set with; `kind` names its template.

    Where it names personal data, `text` leaves them out and `sealed` is the whole, encrypted.
    """

    at: datetime
    staff: str
    kind: str
    text: str
    flag: str | None = None
    sealed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Lines and sums of an order; an order without lines has its sums alone."""

    lines: tuple[Line, ...]
    postage_minor: int
    discount_minor: int
    total_minor: int

    @property
    def goods_minor(self) -> int:
        """What the goods cost, all discounts taken off."""
        return self.total_minor - self.postage_minor


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One change of price by staff: what it took off goods and postage, negative if it raised them.

    `original_total_minor` is what the order would cost at the price that its source stated.
    """

    at: datetime
    staff: str
    reason: str
    goods_minor: int
    postage_minor: int
    total_before_minor: int
    total_after_minor: int
    original_total_minor: int
