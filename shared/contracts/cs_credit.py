"""What cs states about credit for sales, chasing, members and callbacks."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class CreditEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about the credit of one order (个人销售业绩), counted on the order's paid day.

    `rule` is chat, flag or chaser; where several agents spoke, the flag wins.
    """

    order_id: str
    agent: str
    group: str | None
    rule: str
    amount_minor: int
    currency: str
    paid_at: Moment

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class CreditGiven(CreditEvent, frozen=True, kw_only=True):
    """The agent gets `amount_minor` of the order."""

    type: ClassVar[str] = "cs.credit_given.v1"

    is_backfill: bool = False


class CreditTakenBack(CreditEvent, frozen=True, kw_only=True):
    """Of the credit, `amount_minor` is taken back.

    `reason` is refund, return (not for quality), bad_review, correction or reattribution.
    """

    type: ClassVar[str] = "cs.credit_taken_back.v1"

    reason: str
    refund_id: str | None = None
    review_id: str | None = None


class PaymentChased(StoreEvent, frozen=True, kw_only=True):
    """An agent asked the buyer of an unpaid order to pay (催付, 追单)."""

    type: ClassVar[str] = "cs.payment_chased.v1"

    order_id: str
    agent: str
    level: str
    channel: str
    placed_at: Moment

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class BreachRecorded(StoreEvent, frozen=True, kw_only=True):
    """A breach by an agent, with the amount the rule suggests; nothing is deducted by it.

    `kind` is slow_reply, no_reply_30min, no_reply_2h, idle, offline, late or bad_review.
    """

    type: ClassVar[str] = "cs.breach_recorded.v1"

    breach_id: str
    agent: str
    kind: str
    month: str
    suggested_minor: int
    currency: str
    reference: str | None = None

    def key(self) -> str:
        """Order matters per breach."""
        return self.breach_id


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's line of the monthly sheet; `rank` is inside the whole store."""

    agent: str
    sales_minor: int
    commission_minor: int
    rewards_minor: int
    penalties_minor: int
    score: int
    rank: int


class RewardSheetApproved(StoreEvent, frozen=True, kw_only=True):
    """The monthly reward and penalty sheet (奖罚评分表) was approved by another person."""

    type: ClassVar[str] = "cs.reward_sheet_approved.v1"

    month: str
    currency: str
    lines: list[SheetLine]
    written_by: str
    approved_by: str

    def key(self) -> str:
        """Order matters per store and month."""
        return f"{self.store_id}:{self.month}"


class MemberEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one member, known by the keyed hash of the account alone."""

    buyer_key: str

    def key(self) -> str:
        """Order matters per store and buyer."""
        return f"{self.store_id}:{self.buyer_key}"


class TierChanged(MemberEvent, frozen=True, kw_only=True):
    """A buyer is in another tier (客户分级), by the borders frozen for `month`.

    `tier` None: no member any more; `previous_tier` None: not one before. `star` is 1 to 5.
    """

    type: ClassVar[str] = "cs.tier_changed.v1"

    tier: str | None
    previous_tier: str | None
    star: int | None
    previous_star: int | None
    month: str


class CallbackEvent(MemberEvent, frozen=True, kw_only=True):
    """A fact about one callback (回访); `due_day` and `month` are the store's.

    `plan` is new_card, star5, star4, star3, day_1, day_3, day_10, day_30 or greeting.
    """

    callback_id: str
    plan: str
    due_day: date
    month: str
    star: int | None = None
    order_id: str | None = None
    agent: str | None = None


class CallbackDue(CallbackEvent, frozen=True, kw_only=True):
    """A buyer is to be called back on `due_day`."""

    type: ClassVar[str] = "cs.callback_due.v1"


class CallbackDone(CallbackEvent, frozen=True, kw_only=True):
    """The buyer was called back: `result` is reached, no_answer or refused."""

    type: ClassVar[str] = "cs.callback_done.v1"

    result: str
    channel: str


class CallbackDropped(CallbackEvent, frozen=True, kw_only=True):
    """The callback will not be made: `reason` is missed, excluded (by finance) or duplicate."""

    type: ClassVar[str] = "cs.callback_dropped.v1"

    reason: str


EVENTS: tuple[type[Event], ...] = (
    CreditGiven,
    CreditTakenBack,
    PaymentChased,
    BreachRecorded,
    RewardSheetApproved,
    TierChanged,
    CallbackDue,
    CallbackDone,
    CallbackDropped,
)
