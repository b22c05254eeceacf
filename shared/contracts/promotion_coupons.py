"""What promotion states about coupons and affiliates: what a deal cost beside the ads."""

from typing import ClassVar

from shared.contracts.envelope import Event, Moment, StoreEvent


class CouponEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one coupon (优惠券): all its pieces share `coupon_id`.

    `kind` is shop, item or affiliate (阿里妈妈推广券).
    """

    coupon_id: str
    kind: str
    currency: str

    def key(self) -> str:
        """Order matters per coupon."""
        return self.coupon_id


class CouponOffered(CouponEvent, frozen=True, kw_only=True):
    """A coupon can be claimed: `face_minor` off from `threshold_minor` on, `pieces` in all."""

    type: ClassVar[str] = "promotion.coupon_offered.v1"

    title: str
    face_minor: int
    threshold_minor: int
    pieces: int
    per_buyer: int
    valid_from: Moment
    valid_until: Moment
    item_ids: tuple[str, ...] = ()
    campaign_id: str | None = None


class CouponClaimed(CouponEvent, frozen=True, kw_only=True):
    """A buyer has a piece of it: `code` is what the order will carry."""

    type: ClassVar[str] = "promotion.coupon_claimed.v1"

    code: str
    buyer_key: str | None
    valid_until: Moment
    how: str = "claimed"


class CouponRedeemed(CouponEvent, frozen=True, kw_only=True):
    """A paid order used a piece: `cost_minor` is what it cost the shop, on the order's paid day."""

    type: ClassVar[str] = "promotion.coupon_redeemed.v1"

    code: str
    order_id: str
    buyer_key: str | None
    cost_minor: int
    placed_at: Moment
    paid_at: Moment
    campaign_id: str | None = None


class CouponReturned(CouponEvent, frozen=True, kw_only=True):
    """The order that used a piece came to nothing; its cost is taken back."""

    type: ClassVar[str] = "promotion.coupon_returned.v1"

    code: str
    order_id: str
    cost_minor: int
    paid_at: Moment
    is_reusable: bool
    campaign_id: str | None = None


class AffiliatePlanSet(StoreEvent, frozen=True, kw_only=True):
    """A commission plan of affiliates (淘宝客) holds from `occurred_at` on; at most 70 %.

    `rate_basis_points` is 7000 for 70 %. `item_role` is hot, campaign, usual or all.
    """

    type: ClassVar[str] = "promotion.affiliate_plan_set.v1"

    plan_id: str
    channel: str
    rate_basis_points: int
    previous_basis_points: int | None
    item_role: str
    stage: str
    screening: str
    item_ids: tuple[str, ...] = ()
    version: int

    def key(self) -> str:
        """Order matters per plan."""
        return self.plan_id


class CommissionEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about the commission (佣金) of one deal: a cost of its channel."""

    order_id: str
    plan_id: str
    channel: str
    affiliate_id: str
    currency: str
    amount_minor: int
    rate_basis_points: int
    paid_at: Moment
    item_id: str | None = None
    campaign_id: str | None = None

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class CommissionCharged(CommissionEvent, frozen=True, kw_only=True):
    """A deal that an affiliate brought costs `amount_minor` (按成交计费)."""

    type: ClassVar[str] = "promotion.commission_charged.v1"

    deal_minor: int


class CommissionTakenBack(CommissionEvent, frozen=True, kw_only=True):
    """The order was refunded: `amount_minor` of its commission is not owed."""

    type: ClassVar[str] = "promotion.commission_taken_back.v1"

    refund_id: str | None = None


EVENTS: tuple[type[Event], ...] = (
    CouponOffered,
    CouponClaimed,
    CouponRedeemed,
    CouponReturned,
    AffiliatePlanSet,
    CommissionCharged,
    CommissionTakenBack,
)
