"""What cs states about cases and reviews: what went wrong, who owns it, how it ended."""

from typing import ClassVar

from shared.contracts.envelope import Event, Moment, StoreEvent


class CaseEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one case; its texts and photos stay with cs.

    `category` is complaint, logistics, wrong_goods, page, counterfeit, payment_help, invoice,
    review or another of the store's settings; `severity` usual, important or serious. Orders'
    own case beside it is `after_sale_case_id`.
    """

    case_id: str
    category: str
    severity: str
    opened_at: Moment
    due_at: Moment
    owner_staff: str | None
    level: str
    order_id: str | None = None
    after_sale_case_id: str | None = None
    sku: str | None = None
    channel: str | None = None

    def key(self) -> str:
        """Order matters per case."""
        return self.case_id


class CaseOpened(CaseEvent, frozen=True, kw_only=True):
    """A case was opened; a serious one is with the store manager at once."""

    type: ClassVar[str] = "cs.case_opened.v1"


class CaseEscalated(CaseEvent, frozen=True, kw_only=True):
    """The case went up the chain to `level`, to a new owner."""

    type: ClassVar[str] = "cs.case_escalated.v1"

    previous_level: str
    reason: str


class CaseOverdue(CaseEvent, frozen=True, kw_only=True):
    """The case is past its limit: stated once per level."""

    type: ClassVar[str] = "cs.case_overdue.v1"


class CaseClosed(CaseEvent, frozen=True, kw_only=True):
    """The case is over: `outcome` is solved, compensated, refused or withdrawn."""

    type: ClassVar[str] = "cs.case_closed.v1"

    outcome: str
    cost_minor: int = 0
    currency: str | None = None
    responsible_staff: str | None = None


class ReviewEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one review (评价); its text stays with cs.

    `grade` is good, middle or bad by the platform's mapping of `stars` (1 to 5).
    """

    review_id: str
    reviewed_at: Moment
    stars: int
    grade: str
    order_id: str | None = None
    item_id: str | None = None
    sku: str | None = None
    agent: str | None = None

    def key(self) -> str:
        """Order matters per review."""
        return self.review_id


class ReviewReceived(ReviewEvent, frozen=True, kw_only=True):
    """A buyer reviewed; `follow_up_of` is the review that this one adds to (追评)."""

    type: ClassVar[str] = "cs.review_received.v1"

    has_text: bool
    has_pictures: bool = False
    follow_up_of: str | None = None
    is_backfill: bool = False


class ReviewChanged(ReviewEvent, frozen=True, kw_only=True):
    """The buyer changed a review: stars and grade are the ones that hold."""

    type: ClassVar[str] = "cs.review_changed.v1"

    previous_stars: int
    previous_grade: str


class ReviewJudged(ReviewEvent, frozen=True, kw_only=True):
    """The cause of a review is found: `cause` is quality, logistics, description, agent or price.

    `responsible_staff` is who it is put down to: the credit for the order may be taken back.
    """

    type: ClassVar[str] = "cs.review_judged.v1"

    cause: str
    responsible_staff: str | None


class ReviewReplied(ReviewEvent, frozen=True, kw_only=True):
    """The shop replied under the review (回评)."""

    type: ClassVar[str] = "cs.review_replied.v1"

    replied_by: str


class ExperienceScored(StoreEvent, frozen=True, kw_only=True):
    """The platform's own scores of the store, as given (DSR, 店铺体验分), in thousandths."""

    type: ClassVar[str] = "cs.experience_scored.v1"

    scores_thousandths: dict[str, int]

    def key(self) -> str:
        """Order matters per store."""
        return self.store_id


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    CaseEscalated,
    CaseOverdue,
    CaseClosed,
    ReviewReceived,
    ReviewChanged,
    ReviewJudged,
    ReviewReplied,
    ExperienceScored,
)
