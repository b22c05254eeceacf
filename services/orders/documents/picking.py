"""Picking lists (配货单): A4, what to take from the shelf and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.documents.drawing import Paper, cut, flowed
from services.orders.domain.documents import Pick

WIDTH, HEIGHT = 210.0, 297.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 12.0, WIDTH - 12.0, 28.0, HEIGHT - 15.0
_POINTS = 72 / 25.4
_COLUMNS, _CELL = 3, 19.0


@dataclass(frozen=True, slots=True)
class Picked:
    """One order of a list: its number, its pieces, and whether it goes first."""

    number: str
    pieces: int
    is_urgent: bool


class _Sheet:
    """A list as it grows downwards, page after page."""

    def __init__(self, title: str) -> None:
        self.paper = Paper(WIDTH, HEIGHT, "配货单")
        self._title = title
        self._page = 0
        self.y = 0.0
        self.turn()

    def turn(self) -> None:
        if self._page:
            self.paper.turn()
        self._page += 1
        self.paper.text(_LEFT, 18, "配货单", 20)
        self.paper.text(_RIGHT, 13, self._title, 10, align="right")
        self.paper.text(_RIGHT, 18, f"第 {self._page} 页", 10, align="right")
        self.paper.rule(21, _LEFT, _RIGHT)
        self.y = _TOP

    def demand(self, height: float) -> None:
        if self.y + height > _BOTTOM:
            self.turn()


def draw_picking_list(
    picks: Sequence[Pick], orders: Sequence[Picked], printed_at: datetime
) -> bytes:
    """Return the list as PDF: pieces per SKU with the orders they are for, then the orders."""
    pieces = sum(pick.pieces for pick in picks)
    total = f"共 {len(orders)} 单 {len(picks)} 种 {pieces} 件"
    sheet = _Sheet(f"{total}  {printed_at:%Y-%m-%d %H:%M}")
    for pick in picks:
        _draw_pick(sheet, pick)
    sheet.demand(8)
    sheet.paper.text(_RIGHT, sheet.y + 4, total, 12, align="right")
    sheet.y += 10
    for start in range(0, len(orders), _COLUMNS):
        _draw_orders(sheet, start, orders[start : start + _COLUMNS])
    sheet.paper.turn()
    return sheet.paper.finish()


def _draw_pick(sheet: _Sheet, pick: Pick) -> None:
    named = [f"{number}×{pieces}" for number, pieces in pick.orders]
    lines = flowed(named, 8, (_RIGHT - _LEFT - 14) * _POINTS)
    sheet.demand(9 + 4)
    paper = sheet.paper
    paper.frame(_LEFT, sheet.y - 3.6, 4, 4)
    paper.text(_LEFT + 7, sheet.y, cut(pick.sku or "—", 12, 52 * _POINTS), 12)
    paper.text(_LEFT + 62, sheet.y, cut(pick.name, 11, 95 * _POINTS), 11)
    paper.text(_RIGHT, sheet.y, f"{pick.pieces} 件", 14, align="right")
    sheet.y += 4.5
    for line in lines:
        sheet.demand(4)
        sheet.paper.text(_LEFT + 7, sheet.y, line, 8)
        sheet.y += 3.8
    sheet.paper.rule(sheet.y - 1.5, _LEFT, _RIGHT)
    sheet.y += 4


def _draw_orders(sheet: _Sheet, start: int, orders: Sequence[Picked]) -> None:
    sheet.demand(_CELL)
    width = (_RIGHT - _LEFT) / _COLUMNS
    for column, order in enumerate(orders):
        x = _LEFT + width * column
        mark = " 加急" if order.is_urgent else ""
        sheet.paper.barcode(x, sheet.y - 3, order.number, width=width - 6, height=8)
        text = f"{start + column + 1}. {order.number}  {order.pieces} 件{mark}"
        sheet.paper.text(x, sheet.y + 9, cut(text, 9, (width - 4) * _POINTS), 9)
    sheet.y += _CELL
