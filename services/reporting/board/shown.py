"""Which figures the board shows, on which of its sheets, and where."""

from dataclasses import dataclass

from services.reporting.board.language import Language
from services.reporting.board.sessions import PATH
from services.reporting.kpis.catalogue import FIGURES
from services.reporting.kpis.figures import Figure
from services.reporting.schemas.asking import Grouping


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that the board shows; `is_better_low` turns the colour of its change around.

    `is_ever` shows it over all days instead of today: what is open at the moment.
    """

    figure: Figure
    is_better_low: bool = False
    is_ever: bool = False

    @property
    def id(self) -> str:
        """Return the figure's id."""
        return self.figure.id

    def name(self, language: Language) -> str:
        """Return the figure's name as the catalogue has it."""
        return self.figure.zh if language is Language.ZH else self.figure.en


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """A list of what counts most by `figure`; `beside` stands below it, written as `unit` says.

    Rows are of one store each, or with `is_summed` of all stores of a currency; only a figure that
    adds up may be. `name` is the head of its texts: name, name_hint and name_none.
    """

    name: str
    group_by: Grouping
    figure: Shown
    beside: Shown
    unit: str | None = None
    is_summed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One of the board's pages, for all stores or one.

    The first tile is the large one; the change shown in the store table is that of its first
    column. One charted figure is drawn over its yesterday, several beside each other. A day is
    quiet while all figures of `activity` are zero. `name` is the head of its texts.
    """

    name: str
    path: str
    tiles: tuple[Shown, ...]
    columns: tuple[Shown, ...]
    charted: tuple[Shown, ...]
    rankings: tuple[Ranking, ...]
    activity: tuple[Shown, ...]


def _low(metric: str, *, is_ever: bool = False) -> Shown:
    return Shown(FIGURES[metric], is_better_low=True, is_ever=is_ever)


PAID = Shown(FIGURES["paid_amount"])
ORDERS_PAID = Shown(FIGURES["orders_paid"])
ORDERS_PLACED = Shown(FIGURES["orders_placed"])
PAYMENT_RATE = Shown(FIGURES["payment_rate"])
REFUNDED = _low("refunded_amount")
UNITS_PAID = Shown(FIGURES["units_paid"])

SALES = Sheet(
    name="sales",
    path=PATH,
    tiles=(
        PAID,
        ORDERS_PAID,
        ORDERS_PLACED,
        PAYMENT_RATE,
        REFUNDED,
        Shown(FIGURES["buyers_paid"]),
        Shown(FIGURES["amount_per_order"]),
        Shown(FIGURES["amount_per_buyer"]),
        Shown(FIGURES["placed_amount"]),
    ),
    columns=(PAID, ORDERS_PAID, ORDERS_PLACED, PAYMENT_RATE, REFUNDED),
    charted=(PAID,),
    rankings=(Ranking("top_products", Grouping.SKU, PAID, UNITS_PAID, unit="units"),),
    activity=(ORDERS_PLACED, ORDERS_PAID, PAID),
)

SHIPPED = Shown(FIGURES["orders_shipped"])
IN_TIME = Shown(FIGURES["shipped_in_time_rate"])
OVERDUE = _low("orders_overdue")
REFUNDS = _low("refunds")
CASES = _low("cases_opened")
PROBLEMS = _low("problems_opened")

AFTER_SALE = Sheet(
    name="after_sale",
    path=f"{PATH}/after-sale",
    tiles=(
        SHIPPED,
        _low("mean_shipping_hours"),
        IN_TIME,
        OVERDUE,
        REFUNDED,
        REFUNDS,
        _low("refund_rate"),
        _low("mean_refund_hours"),
        _low("quality_refund_rate"),
        CASES,
        _low("disputes_opened"),
        _low("problems_open", is_ever=True),
        _low("problems_overdue"),
        _low("wrong_shipments"),
    ),
    columns=(SHIPPED, IN_TIME, OVERDUE, PROBLEMS, REFUNDED),
    charted=(SHIPPED, OVERDUE, REFUNDS),
    rankings=(
        Ranking(
            "top_reasons",
            Grouping.REASON,
            Shown(FIGURES["refunds_requested"]),
            Shown(FIGURES["refunds_requested_amount"]),
            is_summed=True,
        ),
        Ranking("top_returns", Grouping.SKU, Shown(FIGURES["units_in_cases"]), CASES, unit="cases"),
    ),
    activity=(SHIPPED, OVERDUE, REFUNDS, CASES, PROBLEMS),
)

SHEETS = (SALES, AFTER_SALE)
"""The pages in the order of the tabs that lead to them."""
