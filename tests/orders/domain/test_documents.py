"""What documents say, and how they are drawn."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from services.orders.documents.labels import draw_labels
from services.orders.documents.picking import Picked, draw_picking_list
from services.orders.documents.tables import label_table, pick_table
from services.orders.domain import stepping
from services.orders.domain.documents import (
    PICKING_LIST,
    WAYBILL,
    Goods,
    Label,
    NotPrintableError,
    Receiver,
    demand_printable,
    picks_of,
)
from services.orders.domain.moves import Status
from services.orders.domain.parts import ShippedLine
from services.orders.schemas.courier_file import read_courier_file
from tests.support.order_rules import a_line, a_paid_order, a_parcel, an_order, at, changing
from tests.support.pdf import bars_of, pages_of, texts_of

RECEIVER = Receiver("王小明", "13812345678", "浙江杭州 文三路 100 号 𠮷", is_masked=False)


def a_label(**values: Any) -> Label:
    told = {
        "store": "茶香旗舰店",
        "numbers": ("2026112012345678901",),
        "courier": "顺丰",
        "waybill": "SF1",
        "receiver": RECEIVER,
        "goods": (Goods("TEA", "明前龙井", 2), Goods("CUP", "", 1)),
        "is_urgent": False,
        "printed_at": at(0),
    }
    return Label(**{**told, **values})


def test_pieces_are_summed_per_sku_with_the_orders_they_are_for() -> None:
    first = an_order(external_id="A-1")
    second = replace(an_order(external_id="A-2"), order_id="ord_2")
    sent = a_paid_order(external_id="A-3", shipments=[a_parcel("1", (ShippedLine(1, 1),))])
    sent.order_id = "ord_3"
    unnamed = replace(a_line(1, 4), sku=None, name="gift")

    picks = picks_of([first, second, sent, replace(an_order(lines=[unnamed]), order_id="ord_4")])

    assert [(pick.sku or pick.name, pick.pieces) for pick in picks] == [
        ("gift", 4),
        ("sku-1", 5),
        ("sku-2", 3),
    ]
    assert picks[1].orders == (("A-1", 2), ("A-2", 2), ("A-3", 1))


def test_documents_are_of_audited_orders_that_nothing_holds() -> None:
    order = a_paid_order()
    with pytest.raises(NotPrintableError):
        demand_printable(order, WAYBILL)
    changes = changing(order)
    stepping.step(changes, Status.VERIFIED, at(1), staff="S1")
    stepping.audit(changes, stepping.PASSED, at(2), staff="S1")
    demand_printable(changes.order, WAYBILL)
    demand_printable(changes.order, PICKING_LIST)

    stepping.suspect(changes, at(3), staff="S1", reason="")

    with pytest.raises(NotPrintableError):
        demand_printable(changes.order, WAYBILL)


def test_copy_of_a_waybill_is_printed_of_what_has_left_but_no_picking_list() -> None:
    shipped = a_paid_order(shipments=[a_parcel()])

    demand_printable(shipped, WAYBILL)

    with pytest.raises(NotPrintableError):
        demand_printable(shipped, PICKING_LIST)


def test_label_is_a_page_with_address_goods_and_barcodes() -> None:
    file = draw_labels([a_label(), a_label(waybill="", numbers=("单号",), copy=3, is_urgent=True)])

    first, second = pages_of(file)
    texts = texts_of(first)
    assert {"顺丰", "SF1", "王小明  13812345678", "寄  茶香旗舰店", "共 3 件"} <= set(texts)
    assert "浙江杭州 文三路 100 号 □" in texts, "a character that the font lacks"
    assert {"加急", "补打 2", "运单号:"} <= set(texts_of(second))
    assert bars_of(first) > 50
    assert bars_of(second) == 0, "no barcode says Chinese"


def test_goods_that_do_not_fit_are_on_the_next_page() -> None:
    goods = tuple(Goods(f"SKU-{number:02}", "", number) for number in range(1, 40))

    pages = pages_of(draw_labels([a_label(goods=goods)]))

    texts = [text for page in pages for text in texts_of(page)]
    assert len(pages) == 3
    assert [f"×{number}" for number in range(1, 40)] == [t for t in texts if t.startswith("×")]


def test_picking_list_names_every_order_under_its_goods() -> None:
    orders = [replace(an_order(external_id=f"N-{n:03}"), order_id=f"o{n}") for n in range(200)]
    listed = [Picked(order.external_id, 3, is_urgent=n == 0) for n, order in enumerate(orders)]

    pages = pages_of(draw_picking_list(picks_of(orders), listed, at(0)))

    texts = [text for page in pages for text in texts_of(page)]
    numbers = " ".join(text for text in texts if "×2" in text).split()
    assert numbers == [f"N-{n:03}×2" for n in range(200)]
    assert "共 200 单 2 种 600 件" in texts
    assert "400 件" in texts
    assert "1. N-000  3 件 加急" in texts
    assert len(pages) > 2


def test_tables_are_read_by_spreadsheets_and_hold_no_formula() -> None:
    evil = Receiver("=HYPERLINK(1)", "+86138", "@x", is_masked=False)

    labels = label_table([a_label(receiver=evil, numbers=("2026112012345678901", "A-2"))])
    picks = pick_table(picks_of([an_order()]))

    assert labels.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(labels.decode("utf-8-sig")))
    assert (row["收件人"], row["电话"], row["地址"]) == ("'=HYPERLINK(1)", "'+86138", "'@x")
    assert (row["订单号"], row["合单"]) == ("2026112012345678901\t", "A-2")
    assert (row["商品"], row["件数"], row["打印次数"]) == ("TEA×2; CUP×1", "3", "1")
    listed = list(csv.reader(io.StringIO(picks.decode("utf-8-sig"))))
    assert listed[1:] == [
        ["sku-1", "", "2", "A-1×2"],
        ["sku-2", "", "1", "A-1×1"],
        ["合计", "", "3", ""],
    ]


def test_table_of_labels_goes_back_as_a_file_of_waybills() -> None:
    [line] = read_courier_file(label_table([a_label()]))

    assert line.cells["order_number"] == "2026112012345678901"
    assert (line.cells["waybill"], line.cells["courier"]) == ("SF1", "顺丰")
