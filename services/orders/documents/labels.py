"""Waybills (发货单, 面单): a page of 100 by 150 mm for each parcel."""

from collections.abc import Iterator, Sequence

from services.orders.documents.drawing import Paper, cut, wrapped
from services.orders.domain.documents import Goods, Label

WIDTH, HEIGHT = 100.0, 150.0
_LEFT, _RIGHT = 5.0, WIDTH - 5.0
_INNER = _RIGHT - _LEFT
_POINTS = 72 / 25.4  # of a millimetre
_GOODS_TOP, _GOODS_STEP, _GOODS_LINES = 111.0, 4.6, 6
_CONTINUED_TOP, _CONTINUED_LINES = 20.0, 25


def draw_labels(labels: Sequence[Label]) -> bytes:
    """Return the pages of parcels as PDF; goods that do not fit are on further pages."""
    paper = Paper(WIDTH, HEIGHT, "发货单")
    for label in labels:
        _draw_head(paper, label)
        _draw_receiver(paper, label)
        _draw_numbers(paper, label)
        rest = iter(label.goods)
        _draw_goods(paper, rest, _GOODS_TOP, _GOODS_LINES)
        _draw_foot(paper, label)
        while goods := _take(rest, _CONTINUED_LINES):
            paper.turn()
            paper.text(_LEFT, 10, f"续 {' '.join(label.numbers)}", 10)
            _draw_goods(paper, iter(goods), _CONTINUED_TOP, _CONTINUED_LINES)
            _draw_foot(paper, label)
        paper.turn()
    return paper.finish()


def _take(goods: Iterator[Goods], most: int) -> list[Goods]:
    return [found for _, found in zip(range(most), goods, strict=False)]


def _draw_head(paper: Paper, label: Label) -> None:
    paper.text(_LEFT, 12, cut(label.courier or "快递", 22, 55 * _POINTS), 22)
    if label.is_urgent:
        paper.frame(62, 4, 18, 10)
        paper.text(71, 11.5, "加急", 16, align="middle")
    if label.copy > 1:
        paper.text(_RIGHT, 11, f"补打 {label.copy - 1}", 11, align="right")
    paper.rule(16, _LEFT, _RIGHT)
    if label.waybill:
        paper.barcode(_LEFT, 19, label.waybill, width=_INNER, height=15)
        paper.text(WIDTH / 2, 39, label.waybill, 13, align="middle")
    else:
        paper.text(WIDTH / 2, 30, "运单号:", 13, align="right")
    paper.rule(42, _LEFT, _RIGHT)


def _draw_receiver(paper: Paper, label: Label) -> None:
    receiver = label.receiver
    paper.text(_LEFT, 51, "收", 18)
    name = cut(f"{receiver.name}  {receiver.phone}", 14, (_INNER - 10) * _POINTS)
    paper.text(_LEFT + 10, 50, name, 14)
    for place, line in enumerate(wrapped(receiver.address, 12, (_INNER - 10) * _POINTS)[:4]):
        paper.text(_LEFT + 10, 56.5 + 5.2 * place, line, 12)
    paper.text(_LEFT, 79, f"寄  {cut(label.store, 11, (_INNER - 12) * _POINTS)}", 11)
    paper.rule(82, _LEFT, _RIGHT)


def _draw_numbers(paper: Paper, label: Label) -> None:
    paper.barcode(_LEFT, 84.5, label.numbers[0], width=_INNER, height=10)
    named = f"订单 {' '.join(label.numbers)}"
    for place, line in enumerate(wrapped(named, 9, _INNER * _POINTS)[:2]):
        paper.text(_LEFT, 98.5 + 4 * place, line, 9)
    paper.rule(105, _LEFT, _RIGHT)


def _draw_goods(paper: Paper, goods: Iterator[Goods], top: float, most: int) -> None:
    for place, item in enumerate(_take(goods, most)):
        y = top + _GOODS_STEP * place
        named = f"{item.sku}  {item.name}".strip()
        paper.text(_LEFT, y, cut(named, 10, (_INNER - 15) * _POINTS), 10)
        paper.text(_RIGHT, y, f"×{item.quantity}", 10, align="right")


def _draw_foot(paper: Paper, label: Label) -> None:
    paper.rule(140, _LEFT, _RIGHT)
    place = f"  包裹 {label.place}/{label.places}" if label.places > 1 else ""
    paper.text(_LEFT, 146, f"共 {label.pieces} 件{place}", 12)
    paper.text(_RIGHT, 146, f"{label.printed_at:%Y-%m-%d %H:%M}", 9, align="right")
