"""Tmall's order export (订单报表): one row per order, without buyers, products or a shop.

`总金额` is what the order cost, `买家实际支付金额` what the shop kept after refunds, and `退款金额`
what went back. An order is paid if `订单付款时间` is there. A refund has no time of its own: by
convention it is the payment's, marked as assumed.
"""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shopfleet.importers.drafts import (
    Draft,
    Rejection,
    RowError,
    SourceError,
    Store,
    amount_of,
    demand_sound_text,
    instant_of,
    text_of,
)
from shopfleet.importers.source import Line, Source

NUMBER = "订单编号"
TOTAL = "总金额"
KEPT = "买家实际支付金额"
REGION = "收货地址"
PLACED_AT = "订单创建时间"
PAID_AT = "订单付款时间"
REFUNDED = "退款金额"
COLUMNS = (NUMBER, TOTAL, KEPT, REGION, PLACED_AT, PAID_AT, REFUNDED)
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
REFUND_REASON = "Tmall order export"


def read_tmall_orders(source: Source, store: Store) -> Iterator[Draft | Rejection]:
    """Yield an order or a rejection for every row; empty lines are passed over.

    Raises SourceError if the file is no such export.
    """
    encoding, header = source.header(COLUMNS)
    names = [text_of(name) for name in next(csv.reader([header]))]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise SourceError(f"{source.name}: there is no column {', '.join(missing)}")
    zone = ZoneInfo(store.timezone)
    last = 0
    for line in source.lines():
        last = line.number
        if last > 1 and line.data.strip():
            yield _read_line(line, names, encoding, store=store, zone=zone)
    if source.damage:
        yield Rejection(
            last + 1, "", (f"nothing after line {last} could be read: {source.damage}",)
        )


def _read_line(
    line: Line, names: list[str], encoding: str, *, store: Store, zone: ZoneInfo
) -> Draft | Rejection:
    cells: dict[str, str] = {}
    try:
        cells = _cells_of(line, names, encoding)
        order = {"store_id": store.store_id, **_order_of(cells, zone)}
    except RowError as error:
        return Rejection(line.number, cells.get(NUMBER, ""), (str(error),))
    return Draft(line.number, cells[NUMBER], order)


def _cells_of(line: Line, names: list[str], encoding: str) -> dict[str, str]:
    if line.is_cut:
        raise RowError("the file breaks off inside this row")
    text = line.text(encoding)
    demand_sound_text([text], encoding.upper())
    try:
        # line by line, so that a stray quote spoils one row and not all that follow
        cells = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise RowError(f"is no CSV: {error}") from None
    if len(cells) != len(names):
        raise RowError(f"has {len(cells)} cells, the header has {len(names)}")
    return {name: text_of(cell) for name, cell in zip(names, cells, strict=True)}


def _order_of(cells: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    if not cells[NUMBER]:
        raise RowError(f"{NUMBER} is empty")
    total, kept, refunded = (amount_of(cells[name], name) for name in (TOTAL, KEPT, REFUNDED))
    order: dict[str, Any] = {
        "external_id": cells[NUMBER],
        "placed_at": instant_of(cells[PLACED_AT], PLACED_AT, TIME_FORMATS, zone),
        "lines": [],
        "total": str(total),
        "backfill": True,
    }
    if cells[REGION]:
        order["buyer"] = {"province": cells[REGION]}
    if cells[PAID_AT]:
        order.update(_money_of(cells, zone))
        if total - refunded != kept:
            raise RowError(f"{TOTAL} {total} less {REFUNDED} {refunded} is not {KEPT} {kept}")
    elif kept or refunded:
        raise RowError(f"{KEPT} {kept} and {REFUNDED} {refunded}, but no {PAID_AT}")
    return order


def _money_of(cells: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    paid_at = instant_of(cells[PAID_AT], PAID_AT, TIME_FORMATS, zone)
    money: dict[str, Any] = {"payments": [{"amount": cells[TOTAL], "paid_at": paid_at}]}
    if Decimal(cells[REFUNDED]):
        refund = {
            "amount": cells[REFUNDED],
            "reason": REFUND_REASON,
            "requested_at": paid_at,
            "approved_at": paid_at,
            "paid_at": paid_at,
            "is_time_assumed": True,
        }
        money["refunds"] = [refund]
    return money
