"""What cs states about conversations: rounds and their clocks, inquiries, agents at work."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialect of one platform, such as taobao_3min, says of a round.

    `seconds` is its own measure, capped or in service hours as the rule's version has it.
    """

    rule: str
    rule_version: int
    is_counted: bool
    is_met: bool
    seconds: int | None = None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer's question and the first human answer to it; asking again starts no new clock.

    `wait_seconds` is inside service hours, None while unanswered. `breach_minutes` is the highest
    limit passed (2, 30 or 120), None below. `agent` is who answered, or owed the answer.
    """

    round_no: int
    asked_at: Moment
    answered_at: Moment | None
    agent: str | None
    wait_seconds: int | None
    breach_minutes: int | None = None
    is_first: bool = False
    verdicts: tuple[Verdict, ...] = ()


class MessageCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Messages by who wrote them."""

    buyer: int = 0
    agent: int = 0
    robot: int = 0
    system: int = 0


class ConversationMeasured(StoreEvent, frozen=True, kw_only=True):
    """A conversation was derived from its messages, again whenever late ones come.

    `added` and `withdrawn` are the rounds that differ from the version before: sums take the one
    and give the other back. `counts` and `previous_counts` likewise. `is_before_order` says that
    the buyer asked before ordering (询单). `buyer_key` is the same keyed hash as orders'.
    """

    type: ClassVar[str] = "cs.conversation_measured.v1"

    conversation_id: str
    channel: str
    buyer_key: str | None
    started_at: Moment
    ended_at: Moment | None
    agents: list[str]
    groups: list[str]
    version: int
    added: list[Round]
    withdrawn: list[Round]
    counts: MessageCounts
    previous_counts: MessageCounts | None
    is_before_order: bool | None = None
    is_backfill: bool = False

    def key(self) -> str:
        """Order matters per conversation."""
        return self.conversation_id


class ReplyOverdue(StoreEvent, frozen=True, kw_only=True):
    """A buyer still waits past a limit of 2, 30 or 120 minutes: stated once per limit."""

    type: ClassVar[str] = "cs.reply_overdue.v1"

    conversation_id: str
    channel: str
    asked_at: Moment
    limit_minutes: int
    agent: str | None
    group: str | None = None

    def key(self) -> str:
        """Order matters per conversation."""
        return self.conversation_id


class InquiryMade(StoreEvent, frozen=True, kw_only=True):
    """A buyer asked before ordering (询单): once per store, buyer and business day.

    `is_withdrawn` takes it back when late messages or orders show otherwise.
    """

    type: ClassVar[str] = "cs.inquiry_made.v1"

    inquiry_id: str
    day: date
    buyer_key: str | None
    agents: list[str]
    groups: list[str]
    conversation_ids: list[str]
    is_withdrawn: bool = False

    def key(self) -> str:
        """Order matters per inquiry."""
        return self.inquiry_id


class InquiryConverted(StoreEvent, frozen=True, kw_only=True):
    """An inquiry became an order: `stage` is ordered, paid_next_day or paid_finally, each once.

    `occurred_at` is when it was ordered or paid, `day` the inquiry's.
    """

    type: ClassVar[str] = "cs.inquiry_converted.v1"

    inquiry_id: str
    day: date
    stage: str
    order_id: str
    amount_minor: int
    currency: str
    agents: list[str]
    groups: list[str]

    def key(self) -> str:
        """Order matters per inquiry."""
        return self.inquiry_id


class AgentEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one agent in one store."""

    agent: str
    group: str | None = None

    def key(self) -> str:
        """Order matters per store and agent."""
        return f"{self.store_id}:{self.agent}"


class PresenceChanged(AgentEvent, frozen=True, kw_only=True):
    """An agent is online, busy, idle (空挂, 2 h online without work) or offline."""

    type: ClassVar[str] = "cs.presence_changed.v1"

    presence: str
    previous: str | None
    since: Moment
    is_on_duty: bool


class ShiftWorked(AgentEvent, frozen=True, kw_only=True):
    """A shift is over: what it was to be and what it was, in seconds."""

    type: ClassVar[str] = "cs.shift_worked.v1"

    shift_id: str
    starts_at: Moment
    ends_at: Moment
    online_seconds: int
    idle_seconds: int
    offline_seconds: int
    late_seconds: int
    kind: str = "day"


class CoverageGapFound(StoreEvent, frozen=True, kw_only=True):
    """Nobody, or too few, were online in required hours; `until` None: the gap still lasts."""

    type: ClassVar[str] = "cs.coverage_gap_found.v1"

    gap_id: str
    since: Moment
    until: Moment | None
    required: int
    online: int

    def key(self) -> str:
        """Order matters per gap."""
        return self.gap_id


class HandoverWritten(AgentEvent, frozen=True, kw_only=True):
    """A shift handed over its open items (交接); they wait for the next agent."""

    type: ClassVar[str] = "cs.handover_written.v1"

    handover_id: str
    open_items: int
    order_ids: list[str]


class HandoverAccepted(AgentEvent, frozen=True, kw_only=True):
    """The next agent took over what `from_agent` wrote."""

    type: ClassVar[str] = "cs.handover_accepted.v1"

    handover_id: str
    from_agent: str
    written_at: Moment


class ConversationScored(AgentEvent, frozen=True, kw_only=True):
    """A sampled conversation was checked (聊天记录检查): points by criterion, of `maximum`."""

    type: ClassVar[str] = "cs.conversation_scored.v1"

    conversation_id: str
    day: date
    points: dict[str, int]
    total: int
    maximum: int
    scored_by: str


class WorryNoted(StoreEvent, frozen=True, kw_only=True):
    """What keeps buyers from buying (顾虑), summed up by `kind` and product."""

    type: ClassVar[str] = "cs.worry_noted.v1"

    worry_id: str
    kind: str
    sku: str | None
    item_id: str | None
    agent: str | None = None

    def key(self) -> str:
        """Order matters per note."""
        return self.worry_id


EVENTS: tuple[type[Event], ...] = (
    ConversationMeasured,
    ReplyOverdue,
    InquiryMade,
    InquiryConverted,
    PresenceChanged,
    ShiftWorked,
    CoverageGapFound,
    HandoverWritten,
    HandoverAccepted,
    ConversationScored,
    WorryNoted,
)
