"""Writes the generated parts of docs/orders.md: `python -m tests.generate`."""

import inspect
import re

from services.orders.domain import refusals
from services.orders.domain.moves import MOVES, REFUND_MOVES, Condition
from services.orders.messages.reminders import REMINDERS
from services.orders.repository.worklists import WORKLISTS
from shared.kernel.refusals import Refusal
from tests.architecture.tree import ROOT

ORDERS_PAGE = ROOT / "docs/orders.md"


def moves() -> list[str]:
    """The life of an order as arrows."""
    return [
        f"    {move.origin} --> {move.target}: {move.verb} ({move.who})"
        + ("" if move.condition is Condition.ALWAYS else f", {move.condition}")
        for move in MOVES
    ]


def refund_moves() -> list[str]:
    """The life of a refund as arrows."""
    return [
        f"    {move.origin} --> {move.target}: {move.verb} ({move.who})" for move in REFUND_MOVES
    ]


def worklists() -> list[str]:
    """The rows of the table of working lists."""
    return [
        f"| `{name}` ({worklist.zh}) | {worklist.en} | {worklist.source} |"
        + (" yes |" if name in REMINDERS else " |")
        for name, worklist in WORKLISTS.items()
    ]


def refused() -> list[str]:
    """The rows of the table of refusals."""
    own = [
        found
        for _, found in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(found, Refusal) and found.__module__ == refusals.__name__
    ]
    return sorted(f"| `{error.kind}` | {error.status} | {inspect.getdoc(error)} |" for error in own)


def page(text: str) -> str:
    """Return the page with its generated parts written anew."""
    for rows, pattern in (
        (moves(), r"(?<=\[\*\] --> placed\n)(    \w+ --> .*\n)+"),
        (refund_moves(), r"(?<=\[\*\] --> requested\n)(    \w+ --> .*\n)+"),
        (worklists(), r"(\| `\w+` \([^|]+\) \|.*\n)+"),
        (refused(), r"(\| `[a-z-]+` \| \d{3} \|.*\n)+"),
    ):
        text, written = re.subn(pattern, "".join(f"{row}\n" for row in rows), text)
        if written != 1:
            raise ValueError(f"{pattern} stands {written} times in the page")
    return text


def main() -> None:
    """Write the page."""
    ORDERS_PAGE.write_text(page(ORDERS_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
