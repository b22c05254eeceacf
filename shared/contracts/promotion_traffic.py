"""What promotion states about money and visits: ad rows, traffic, budgets, keywords."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class ChannelStated(Event, frozen=True, kw_only=True):
    """A channel was entered or changed, whole; `aliases` are names it had before.

    `kind` is per_click, per_mille, per_deal, fee or free; `basis` is click or order.
    """

    type: ClassVar[str] = "promotion.channel_stated.v1"

    channel: str
    names: dict[str, str]
    aliases: list[str]
    kind: str
    platform: str
    window_days: int
    basis: str
    version: int

    def key(self) -> str:
        """Order matters per channel."""
        return f"channel:{self.channel}"


class AdFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one ad row; attributed orders and amounts apart by direct and indirect (halo)."""

    impressions: int = 0
    clicks: int = 0
    cost_minor: int = 0
    voucher_cost_minor: int = 0
    carts: int = 0
    favourites: int = 0
    direct_orders: int = 0
    indirect_orders: int = 0
    direct_amount_minor: int = 0
    indirect_amount_minor: int = 0


class AdSpendStated(StoreEvent, frozen=True, kw_only=True):
    """A row of an ad report, or its restatement: figures whole, and the difference to before.

    `row_id` is one row over all versions; `version` starts at 1, where the difference is the
    figures. `period_start` is the first moment of `grain` (hour or day). `report` is the slice the
    row belongs to: account, campaign, item, keyword, region or hour; slices tell of the same
    money, so they are never added up. `voucher_cost_minor` is part of `cost_minor`. Reporting adds
    `difference` to the period's bucket.
    """

    type: ClassVar[str] = "promotion.ad_spend_stated.v1"

    row_id: str
    version: int
    channel: str
    report: str
    grain: str
    period_start: Moment
    basis: str
    window_days: int
    currency: str
    figures: AdFigures
    difference: AdFigures
    campaign_id: str | None = None
    ad_campaign: str | None = None
    ad_unit: str | None = None
    item_id: str | None = None
    sku: str | None = None
    keyword: str | None = None
    region: str | None = None
    is_backfill: bool = False

    def key(self) -> str:
        """Order matters per row of the report."""
        return self.row_id


class TrafficFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one traffic row; visitors and IPs are distinct within the row only."""

    page_views: int = 0
    visitors: int = 0
    ips: int = 0
    visits: int = 0
    bounces: int = 0
    carts: int = 0
    favourites: int = 0


class TrafficStated(StoreEvent, frozen=True, kw_only=True):
    """A traffic row as the platform gives it, or its restatement; like `AdSpendStated`.

    `report` is store, source, item, region or slot; slices are never added up. Visitors of several
    rows do not add up either: across rows they are an upper bound.
    """

    type: ClassVar[str] = "promotion.traffic_stated.v1"

    row_id: str
    version: int
    report: str
    grain: str
    period_start: Moment
    figures: TrafficFigures
    difference: TrafficFigures
    source: str | None = None
    channel: str | None = None
    item_id: str | None = None
    region: str | None = None
    slot: str | None = None
    is_backfill: bool = False

    def key(self) -> str:
        """Order matters per row of the report."""
        return self.row_id


class VisitsCounted(StoreEvent, frozen=True, kw_only=True):
    """Raw visits of one hour came in: what they add, and a sketch of their visitors.

    `visitor_sketch` is an HLL sketch of datasketches (lg_k 12, HLL_8) over keyed hashes, base64 on
    the wire: sketches of any hours and stores unite without counting a person twice.
    """

    type: ClassVar[str] = "promotion.visits_counted.v1"

    hour: Moment
    added: TrafficFigures
    visitor_sketch: bytes
    source: str | None = None
    channel: str | None = None
    item_id: str | None = None
    campaign_id: str | None = None

    def key(self) -> str:
        """Order matters per store and hour."""
        return f"{self.store_id}:{self.hour.isoformat()}"


class BudgetSet(StoreEvent, frozen=True, kw_only=True):
    """The plan of what to spend in a channel (投放广告计划); both days inclusive, the store's own.

    `channel` None is all channels. `obligation_minor` is what must be spent at least.
    """

    type: ClassVar[str] = "promotion.budget_set.v1"

    budget_id: str
    channel: str | None
    from_day: date
    to_day: date
    currency: str
    budget_minor: int
    obligation_minor: int
    version: int
    set_by: str | None = None

    def key(self) -> str:
        """Order matters per budget."""
        return self.budget_id


class BudgetBreached(StoreEvent, frozen=True, kw_only=True):
    """Spending left its plan: `kind` is overrun, underspend or obligation; stated once each."""

    type: ClassVar[str] = "promotion.budget_breached.v1"

    budget_id: str
    kind: str
    channel: str | None
    currency: str
    budget_minor: int
    spent_minor: int
    expected_minor: int

    def key(self) -> str:
        """Order matters per budget."""
        return self.budget_id


class KeywordRanked(StoreEvent, frozen=True, kw_only=True):
    """The day's snapshot of a keyword: bid (出价), quality score (质量分), rank (排名).

    `quality_tenths` is ten times the score; `rank` None means not among those looked at.
    """

    type: ClassVar[str] = "promotion.keyword_ranked.v1"

    channel: str
    keyword: str
    day: date
    currency: str
    bid_minor: int
    quality_tenths: int | None
    rank: int | None
    previous_rank: int | None = None
    item_id: str | None = None

    def key(self) -> str:
        """Order matters per store, channel and keyword."""
        return f"{self.store_id}:{self.channel}:{self.keyword}"


EVENTS: tuple[type[Event], ...] = (
    ChannelStated,
    AdSpendStated,
    TrafficStated,
    VisitsCounted,
    BudgetSet,
    BudgetBreached,
    KeywordRanked,
)
