"""The page for integrators says what the code does."""

import inspect
import re

from services.orders.domain import refusals
from services.orders.domain.moves import MOVES, REFUND_MOVES, Condition
from services.orders.messages.reminders import REMINDERS
from services.orders.repository.worklists import WORKLISTS
from shared.kernel.refusals import Refusal
from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs/orders.md").read_text(encoding="utf-8")
DIAGRAMS = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)


def arrows(diagram: str) -> list[str]:
    lines = [line.strip() for line in diagram.splitlines()]
    return [line for line in lines if "-->" in line and not line.startswith("[*]")]


def test_life_cycle_is_drawn_as_it_is() -> None:
    expected = [
        f"{move.origin} --> {move.target}: {move.verb} ({move.who})"
        + ("" if move.condition is Condition.ALWAYS else f", {move.condition}")
        for move in MOVES
    ]

    assert arrows(DIAGRAMS[0]) == expected


def test_life_of_a_refund_is_drawn_as_it_is() -> None:
    assert arrows(DIAGRAMS[1]) == [
        f"{move.origin} --> {move.target}: {move.verb} ({move.who})" for move in REFUND_MOVES
    ]


def test_every_working_list_is_named_with_its_rule() -> None:
    expected = [
        f"| `{name}` ({worklist.zh}) | {worklist.en} | {worklist.source} |"
        + (" yes |" if name in REMINDERS else " |")
        for name, worklist in WORKLISTS.items()
    ]

    assert [line for line in PAGE.splitlines() if re.match(r"\| `\w+` \(", line)] == expected


def test_every_refusal_is_explained() -> None:
    own = [
        found
        for _, found in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(found, Refusal) and found.__module__ == refusals.__name__
    ]
    expected = sorted(
        f"| `{error.kind}` | {error.status} | {inspect.getdoc(error)} |" for error in own
    )

    assert [line for line in PAGE.splitlines() if re.match(r"\| `[a-z-]+` \| \d", line)] == expected
