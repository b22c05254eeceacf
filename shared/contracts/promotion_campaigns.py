"""What promotion states about campaigns, from draft to review, and about sign-ups and prices."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class CampaignItem(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU in a campaign: its usual price, its campaign price, and how many are to be sold."""

    sku: str
    item_id: str | None
    usual_minor: int
    price_minor: int
    planned_quantity: int = 0


class CampaignEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one campaign (活动) of one store, the campaign whole.

    `kind` is group_buy, special_price, new_items, free_shipping, coupon, live or another of the
    store's settings. Campaigns of several stores that belong together share `program_id`.
    `starts_at` is inclusive, `ends_at` exclusive.
    """

    campaign_id: str
    program_id: str | None
    theme: str
    kind: str
    starts_at: Moment
    ends_at: Moment
    currency: str
    budget_minor: int
    fee_minor: int
    items: list[CampaignItem]
    status: str
    channels: tuple[str, ...] = ()

    def key(self) -> str:
        """Order matters per campaign."""
        return self.campaign_id


class CampaignDrafted(CampaignEvent, frozen=True, kw_only=True):
    """A campaign is planned; prices may still be the usual ones."""

    type: ClassVar[str] = "promotion.campaign_drafted.v1"

    drafted_by: str | None = None


class CampaignPriced(CampaignEvent, frozen=True, kw_only=True):
    """The campaign prices are entered (价格设定); they wait for a second person."""

    type: ClassVar[str] = "promotion.campaign_priced.v1"

    priced_by: str


class PriceDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A price that the second person saw otherwise."""

    sku: str
    entered_minor: int
    checked_minor: int


class CampaignPriceChecked(CampaignEvent, frozen=True, kw_only=True):
    """Another person than entered them checked the prices (核对价格); no difference: they hold."""

    type: ClassVar[str] = "promotion.campaign_price_checked.v1"

    priced_by: str
    checked_by: str
    differences: list[PriceDifference]


class CampaignScheduled(CampaignEvent, frozen=True, kw_only=True):
    """The campaign will run: inventory knows what it must have in stock."""

    type: ClassVar[str] = "promotion.campaign_scheduled.v1"


class CampaignAnnounced(CampaignEvent, frozen=True, kw_only=True):
    """Colleagues and customer service are told; `reply_text` is the automatic reply (自动回复)."""

    type: ClassVar[str] = "promotion.campaign_announced.v1"

    reply_text: str
    reply_until: Moment


class CampaignStarted(CampaignEvent, frozen=True, kw_only=True):
    """The campaign runs: unpaid orders of its items close after 30 minutes, a setting."""

    type: ClassVar[str] = "promotion.campaign_started.v1"

    unpaid_minutes: int | None = None


class CampaignEnded(CampaignEvent, frozen=True, kw_only=True):
    """The campaign is over: inventory reconciles sales with stock, cs takes the reply down."""

    type: ClassVar[str] = "promotion.campaign_ended.v1"

    is_early: bool = False


class CampaignReviewed(CampaignEvent, frozen=True, kw_only=True):
    """The campaign was evaluated (整体评估); the figures are those at the review."""

    type: ClassVar[str] = "promotion.campaign_reviewed.v1"

    cost_minor: int
    sales_minor: int
    orders: int
    visitors: int
    clicks: int
    reviewed_by: str | None = None


class CampaignCancelled(CampaignEvent, frozen=True, kw_only=True):
    """The campaign will not run, or was rejected; stock kept for it is free."""

    type: ClassVar[str] = "promotion.campaign_cancelled.v1"

    reason: str


class SellOffPlanned(CampaignEvent, frozen=True, kw_only=True):
    """What a campaign left over is to be sold off (动销任务): `items` are what is left."""

    type: ClassVar[str] = "promotion.sell_off_planned.v1"

    due_at: Moment
    owner_staff: str | None = None


class ActivityDecided(StoreEvent, frozen=True, kw_only=True):
    """The platform decided on a sign-up (活动报名): `is_approved`, or rejected with a reason."""

    type: ClassVar[str] = "promotion.activity_decided.v1"

    sign_up_id: str
    activity: str
    channel: str
    campaign_id: str | None
    is_approved: bool
    reason: str = ""
    signed_up_at: Moment | None = None

    def key(self) -> str:
        """Order matters per sign-up."""
        return self.sign_up_id


class PriceMismatchFound(StoreEvent, frozen=True, kw_only=True):
    """An item sells at another price than the plan says (价格监督); stated once per difference."""

    type: ClassVar[str] = "promotion.price_mismatch_found.v1"

    item_id: str
    sku: str
    currency: str
    planned_minor: int
    listed_minor: int
    campaign_id: str | None = None

    def key(self) -> str:
        """Order matters per store and SKU."""
        return f"{self.store_id}:{self.sku}"


EVENTS: tuple[type[Event], ...] = (
    CampaignDrafted,
    CampaignPriced,
    CampaignPriceChecked,
    CampaignScheduled,
    CampaignAnnounced,
    CampaignStarted,
    CampaignEnded,
    CampaignReviewed,
    CampaignCancelled,
    SellOffPlanned,
    ActivityDecided,
    PriceMismatchFound,
)
