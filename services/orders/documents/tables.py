"""The same documents as CSV that spreadsheets read: UTF-8 with BOM, nothing that is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from services.orders.domain.documents import Label, Pick

_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NUMBER = 11  # digits; a spreadsheet rounds what is longer


def label_table(labels: Sequence[Label]) -> bytes:
    """Return parcels, a line each; filled in it goes back as a courier's file."""
    header = (
        *("序号", "订单号", "合单", "快递公司", "运单号", "重量"),
        *("收件人", "电话", "地址", "商品", "件数", "店铺名称", "加急", "打印次数"),
    )
    lines = (
        (
            *(place, label.numbers[0], " ".join(label.numbers[1:])),
            *(label.courier, label.waybill, ""),
            *(label.receiver.name, label.receiver.phone, label.receiver.address),
            "; ".join(f"{item.sku or item.name}×{item.quantity}" for item in label.goods),
            *(label.pieces, label.store, "是" if label.is_urgent else "", label.copy),
        )
        for place, label in enumerate(labels, start=1)
    )
    return _csv(header, lines)


def pick_table(picks: Sequence[Pick]) -> bytes:
    """Return what is to be picked, a line for each SKU and one with the sum."""
    lines = [
        (
            *(pick.sku, pick.name, pick.pieces),
            " ".join(f"{number}×{pieces}" for number, pieces in pick.orders),
        )
        for pick in picks
    ]
    total = ("合计", "", sum(pick.pieces for pick in picks), "")
    return _csv(("SKU", "名称", "件数", "订单号"), [*lines, total])


def _csv(header: Sequence[str], lines: Iterable[Sequence[str | int]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return (_BOM + buffer.getvalue()).encode()


def _cell(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    if value.startswith(_FORMULA):
        return f"'{value}"
    is_long = value.isascii() and value.isdigit() and len(value) > _LONGEST_NUMBER
    return f"{value}\t" if is_long else value
