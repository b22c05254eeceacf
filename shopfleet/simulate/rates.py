"""How often things happen to the orders of a demo store, as shares of 1."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The shares of a believable shop; how many pay and regret it each shop says itself."""

    chased: float = 0.01
    """Pay only after somebody asked them to."""
    stays_unpaid: float = 0.15
    """Of those who walk away: of a source that does not close their order after a day."""
    split_parcels: float = 0.04
    small_refunds: float = 0.01
    urgent_refunds: float = 0.25
    held_audits: float = 0.08
    urgent: float = 0.02
    changed: float = 0.05
    custom: float = 0.008
    problems: float = 0.02
    stuck_problems: float = 0.4
    """Of problems: solved after days, not within the hour."""
    stalled: float = 0.012
    disputes_of_stalled: float = 0.4
    disputes_of_returns: float = 0.4
    wrong_shipments: float = 0.01
    returns: float = 0.02
    exchanges: float = 0.01
    repairs: float = 0.004
    invoices: float = 0.015
    unclear_invoices: float = 0.15
    """Of invoices."""
    followed_up: float = 0.08
    notes_agent: float = 0.3


PLAUSIBLE = Rates()
