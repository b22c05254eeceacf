"""Cases beside an order: their cycles as data, and who may make each move."""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from services.orders.domain.refusals import IllegalMoveError


class CaseCondition(StrEnum):
    """When a move of a case holds: always, or where its kind or its facts allow it."""

    ALWAYS = "always"
    RETURN = "return"
    SWAP = "exchange or repair"
    REFUNDED = "refund paid"
    WAIVED = "refund paid, goods waived"
    UNFIT = "inspected, not intact"


class CaseMove(NamedTuple):
    """One move of a case: `who` is the scope that may make it."""

    verb: str
    origin: str
    target: str
    who: str
    condition: CaseCondition = CaseCondition.ALWAYS


def from_each(
    verb: str,
    origins: Iterable[str],
    target: str | None,
    who: str,
    condition: CaseCondition = CaseCondition.ALWAYS,
) -> tuple[CaseMove, ...]:
    """Return a move from each status; without a target it leaves the status as it is."""
    return tuple(CaseMove(verb, origin, target or origin, who, condition) for origin in origins)


def demand_move(
    moves: Sequence[CaseMove],
    verb: str,
    origin: str,
    conditions: Collection[CaseCondition] = (),
    *,
    noun: str,
) -> CaseMove:
    """Return the move that `verb` makes from `origin`; raises `IllegalMoveError` if there is none.

    Only moves without a condition hold, and those whose condition is among the given ones.
    """
    met = {CaseCondition.ALWAYS, *conditions}
    for move in moves:
        if (move.verb, move.origin) == (verb, origin) and move.condition in met:
            return move
    detail = f"{noun} that is {origin.replace('_', ' ')} does not take the move {verb!r}."
    raise IllegalMoveError(detail, status_now=origin)
