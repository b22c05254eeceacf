"""Which figures the board shows, and where."""

from dataclasses import dataclass

from services.reporting.board.language import Language
from services.reporting.kpis.catalogue import FIGURES
from services.reporting.kpis.figures import Figure


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that the board shows; `is_better_low` turns the colour of its change around."""

    figure: Figure
    is_better_low: bool = False

    @property
    def id(self) -> str:
        """Return the figure's id."""
        return self.figure.id

    def name(self, language: Language) -> str:
        """Return the figure's name as the catalogue has it."""
        return self.figure.zh if language is Language.ZH else self.figure.en


PAID = Shown(FIGURES["paid_amount"])
ORDERS_PAID = Shown(FIGURES["orders_paid"])
ORDERS_PLACED = Shown(FIGURES["orders_placed"])
PAYMENT_RATE = Shown(FIGURES["payment_rate"])
REFUNDED = Shown(FIGURES["refunded_amount"], is_better_low=True)
UNITS_PAID = Shown(FIGURES["units_paid"])

TILES = (
    PAID,
    ORDERS_PAID,
    ORDERS_PLACED,
    PAYMENT_RATE,
    REFUNDED,
    Shown(FIGURES["buyers_paid"]),
    Shown(FIGURES["amount_per_order"]),
    Shown(FIGURES["amount_per_buyer"]),
    Shown(FIGURES["placed_amount"]),
)
"""The tiles in order; the first is the large one."""

COLUMNS = (PAID, ORDERS_PAID, ORDERS_PLACED, PAYMENT_RATE, REFUNDED)
"""The figures of the store table; the change shown beside them is that of the first."""
