"""Couriers' files as they really come."""

import pytest

from services.orders.schemas.courier_file import (
    ColumnsMissingError,
    EncodingUnknownError,
    MalformedCsvError,
    read_courier_file,
)

CHINESE = "订单号,快递公司,运单号,重量(kg)\r\n20261120001,顺丰,SF1001,1.25\r\n"
CELLS = {"order_number": "20261120001", "courier": "顺丰", "waybill": "SF1001", "weight": "1.25"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encoding_of_a_spreadsheet_is_found(encoding: str) -> None:
    [line] = read_courier_file(CHINESE.encode(encoding))

    assert (line.number, line.cells) == (2, CELLS)


@pytest.mark.parametrize(
    "header",
    [
        "order number,carrier,tracking number,weight",
        "Order_Number;Courier;WAYBILL;Weight (kg)",
        "订单编号\t物流公司\t快递单号\t重量",
    ],
)
def test_columns_are_known_by_several_names(header: str) -> None:
    delimiter = next(mark for mark in ";\t," if mark in header)
    values = delimiter.join(CELLS.values())

    [line] = read_courier_file(f"{header}\n{values}\n".encode())

    assert line.cells == CELLS


def test_columns_stand_in_any_order_among_others() -> None:
    [line] = read_courier_file("备注,运单号,收件人,订单号\n易碎,SF1,王,A-1\n".encode())

    assert line.cells == {"order_number": "A-1", "waybill": "SF1"}


def test_numbers_that_spreadsheets_keep_as_text_are_read_plain() -> None:
    rows = '"=""1234567890123456789""",\'0012\n\t5 , 6 \n'

    lines = read_courier_file(f"订单号,运单号\n{rows}".encode())

    assert [line.cells for line in lines] == [
        {"order_number": "1234567890123456789", "waybill": "0012"},
        {"order_number": "5", "waybill": "6"},
    ]


def test_empty_lines_count_but_say_nothing() -> None:
    lines = read_courier_file(b"\norder,waybill\n\nA-1,1\n,\nA-2\n")

    assert [(line.number, dict(line.cells)) for line in lines] == [
        (4, {"order_number": "A-1", "waybill": "1"}),
        (6, {"order_number": "A-2"}),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", ColumnsMissingError),
        (b"\xef\xbb\xbf", ColumnsMissingError),
        (b"order,weight\nA-1,2\n", ColumnsMissingError),
        ("订单号,订单编号,运单号\n1,2,3\n".encode(), ColumnsMissingError),
        (b'order,waybill\n"A-1,1\n', MalformedCsvError),
        (b'order,waybill\n"A"-1,1\n', MalformedCsvError),
        (b"order,waybill\n\xff\xff\xff,1\n", EncodingUnknownError),
        (b"\xff\xfea", EncodingUnknownError),
        (b"%PDF-1.4\n\x80\x81\xff\xff", EncodingUnknownError),
    ],
)
def test_what_is_no_file_of_waybills_is_refused(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_courier_file(body)
