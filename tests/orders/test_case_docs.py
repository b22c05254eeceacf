"""The page about cases says what the code does."""

import re

from services.orders.domain.after_sale import AFTER_SALE_MOVES
from services.orders.domain.cases import CaseCondition, CaseMove
from services.orders.domain.disputes import DISPUTE_MOVES
from services.orders.domain.problems import PROBLEM_MOVES
from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs/orders/cases.md").read_text(encoding="utf-8")
DIAGRAMS = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)

CYCLES: tuple[tuple[CaseMove, ...], ...] = (PROBLEM_MOVES, AFTER_SALE_MOVES, DISPUTE_MOVES)


def test_cycles_are_drawn_as_they_are() -> None:
    drawn = [
        [line.strip() for line in diagram.splitlines() if "-->" in line and "[*]" not in line]
        for diagram in DIAGRAMS
    ]

    assert drawn == [
        [
            f"{move.origin} --> {move.target}: {move.verb} ({move.who})"
            + ("" if move.condition is CaseCondition.ALWAYS else f", {move.condition}")
            for move in moves
        ]
        for moves in CYCLES
    ]
