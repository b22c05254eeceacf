"""A courier's file of waybills: CSV as spreadsheets and couriers write it, into rows."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shared.kernel.refusals import Refusal

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_number": (
            "订单号", "订单编号", "订单", "商家订单号", "平台单号",
            "order number", "order no", "order", "order id", "external id",
        ),
        "courier": (
            "快递公司", "物流公司", "承运商", "快递", "courier", "carrier", "express company",
        ),
        "waybill": (
            "运单号", "快递单号", "物流单号", "面单号", "运单编号",
            "waybill", "waybill number", "waybill no", "tracking number", "tracking no",
        ),
        "weight": ("重量", "重量kg", "重量千克", "重量公斤", "weight", "weight kg"),
        "weight_grams": ("重量g", "重量克", "weight g", "weight grams"),
        "store_id": ("店铺", "店铺编号", "店铺号", "store", "store id", "shop"),
    }
)  # fmt: skip
"""The columns that are read, by what they may be called; case and punctuation do not matter."""

_FIELDS = MappingProxyType(
    {name.replace(" ", ""): field for field, names in _NAMES.items() for name in names}
)
_DEMANDED = ("order_number", "waybill")
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_ODD = re.compile(r"[\W_]+")
_DELIMITERS = ",\t;"


class EncodingUnknownError(Refusal):
    """A file that is neither UTF-8 nor GBK."""

    kind = "encoding-unknown"
    status = 400


class MalformedCsvError(Refusal):
    """A file that is no CSV: a quotation mark without its other half, or a line without end."""

    kind = "malformed-csv"
    status = 400


class ColumnsMissingError(Refusal):
    """A file that lacks a column it needs, or has one twice; the first line names the columns."""

    kind = "columns-missing"
    status = 422


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file by its number as spreadsheets show it, and what stands in its columns."""

    number: int
    cells: Mapping[str, str]


def read_courier_file(body: bytes) -> list[Line]:
    """Return the lines of a file that say anything, without the first, which names the columns.

    Columns that nobody here reads are left out, and so are empty cells. Raises
    `EncodingUnknownError`, `MalformedCsvError`, `ColumnsMissingError`.
    """
    text = _decoded(body)
    head, _, _ = text.lstrip("\r\n").partition("\n")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = [(number, record) for number, record in enumerate(reader, start=1)]
    except csv.Error as error:
        raise MalformedCsvError(f"Line {reader.line_num} is no CSV: {error}.") from None
    filled = [(number, record) for number, record in records if any(map(str.strip, record))]
    if not filled:
        raise ColumnsMissingError("The file is empty.", missing=list(_DEMANDED))
    fields = _fields(filled[0][1])
    return [Line(number, _cells(fields, record)) for number, record in filled[1:]]


def _decoded(body: bytes) -> str:
    encodings = ("utf-16",) if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise EncodingUnknownError("Save the file as UTF-8 or GBK.")


def _fields(header: Sequence[str]) -> list[str | None]:
    fields = [_FIELDS.get(_ODD.sub("", name).lower()) for name in header]
    missing = [name for name in _DEMANDED if name not in fields]
    twice = sorted({name for name in fields if name is not None and fields.count(name) > 1})
    if missing or twice:
        wanted = " and ".join(f"{name} ({_NAMES[name][0]})" for name in missing or twice)
        detail = f"There is no column {wanted}." if missing else f"More than one column {wanted}."
        raise ColumnsMissingError(detail, missing=missing, twice=twice)
    return fields


def _cells(fields: Sequence[str | None], record: Sequence[str]) -> dict[str, str]:
    found = {}
    for field, cell in zip(fields, record, strict=False):  # lines are shorter and longer at times
        text = _plain(cell)
        if field is not None and text:
            found[field] = text
    return found


def _plain(cell: str) -> str:
    """Return a cell without what keeps spreadsheets from reading it as a number."""
    text = cell.strip()
    as_text = _AS_TEXT.fullmatch(text)
    return (as_text[1] if as_text else text.removeprefix("'")).strip()
