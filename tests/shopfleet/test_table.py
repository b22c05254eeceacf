"""Tables through a mapping file: CSV and XLSX, a row per order or per line."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from shopfleet.importers.drafts import Draft, Rejection, SourceError, Store
from shopfleet.importers.mapping import read_mapping
from shopfleet.importers.source import Source
from shopfleet.importers.table import read_table

DATA = Path(__file__).parent / "data"
BRAZIL = Store("br-1", "America/Sao_Paulo", "BRL")
CHINA = Store("cn-1", "Asia/Shanghai", "CNY")
SIMPLE = """
[order]
external_id = "no"
placed_at = "at"
total = "sum"
[refund]
amount = "back"
[payment]
paid_at = "paid"
"""


def read(
    file: Path, mapping: Path, store: Store
) -> tuple[dict[str, dict[str, object]], list[Rejection]]:
    items = list(read_table(Source(file), file, store, mapping=read_mapping(mapping)))
    orders = {item.external_id: item.order for item in items if isinstance(item, Draft)}
    return orders, [item for item in items if isinstance(item, Rejection)]


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_of_one_order_become_its_lines() -> None:
    orders, rejections = read(DATA / "olist_like.csv", DATA / "olist_like.toml", BRAZIL)

    assert rejections == []
    assert orders["e481"] == {
        "store_id": "br-1",
        "external_id": "e481",
        "placed_at": "2017-10-02T13:56:00Z",
        "postage": "17.44",
        "lines": [
            {"sku": "p-1", "unit_price": "29.99", "quantity": 1},
            {"sku": "p-1", "unit_price": "29.99", "quantity": 1},
        ],
        "buyer": {"account": "c-1", "province": "SP"},
        "backfill": True,
        "payments": [{"paid_at": "2017-10-02T14:07:00Z", "amount": "77.42"}],
        "shipments": [
            {"shipped_at": "2017-10-04T22:55:00Z", "waybill": "e481", "courier": "Correios"}
        ],
    }
    assert "payments" not in orders["4795"]


def test_rows_that_contradict_each_other_reject_the_order(tmp_path: Path) -> None:
    text = (
        (DATA / "olist_like.csv")
        .read_text()
        .replace("e481,2,p-1,29.99,8.72,delivered,10/2", "e481,2,p-1,29.99,8.72,delivered,10/3")
    )
    file = written(tmp_path, "orders.csv", text)

    orders, rejections = read(file, DATA / "olist_like.toml", BRAZIL)

    assert set(orders) == {"53cd", "4795"}
    assert rejections[0].external_id == "e481"
    assert rejections[0].reasons[0].startswith("order_purchase_timestamp differs between rows")


def test_an_unreadable_line_rejects_its_whole_order(tmp_path: Path) -> None:
    text = (DATA / "olist_like.csv").read_text() + "53cd,2,p-9\n"
    file = written(tmp_path, "orders.csv", text)

    orders, rejections = read(file, DATA / "olist_like.toml", BRAZIL)

    assert set(orders) == {"e481", "4795"}
    assert [row.external_id for row in rejections] == ["53cd", "53cd"]
    assert rejections[1].reasons == ("line 6, which may belong to it, cannot be read",)


def test_a_cut_file_rejects_the_order_that_may_go_on(tmp_path: Path) -> None:
    header, *rows = (DATA / "olist_like.csv").read_text().splitlines()
    many = [rows[1].replace("53cd", f"{number * 7919 % 100_003:x}") for number in range(3000)]
    packed = gzip.compress("\n".join([header, *many]).encode())
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(packed[: len(packed) // 2])

    orders, (damage, last) = read(file, DATA / "olist_like.toml", BRAZIL)

    numbers = [row.split(",")[0] for row in many]
    assert list(orders) == numbers[: len(orders)]
    assert last.external_id == numbers[len(orders)]
    assert "the gzip file ends early" in damage.reasons[0]


def test_a_refund_without_time_is_the_payments_and_marked(tmp_path: Path) -> None:
    file = written(
        tmp_path, "o.csv", "no,at,sum,back,paid\n1,2024-05-01 10:00,9.5,2,2024-05-01 11:00\n"
    )
    mapping = written(tmp_path, "m.toml", SIMPLE)

    orders, _ = read(file, mapping, CHINA)

    moment = "2024-05-01T03:00:00Z"
    assert orders["1"]["payments"] == [{"paid_at": moment, "amount": "9.5"}]
    assert orders["1"]["refunds"] == [
        {
            "amount": "2",
            "approved_at": moment,
            "paid_at": moment,
            "requested_at": moment,
            "is_time_assumed": True,
        }
    ]


def test_quoted_line_breaks_and_gbk_are_read(tmp_path: Path) -> None:
    text = '编号,时间,金额,备注\n1,2024-05-01 10:00,9.5,"一\n二"\n2,2024-05-01 10:01,3,好\n'
    file = written(tmp_path, "o.csv", text, "gbk")
    mapping = written(
        tmp_path,
        "m.toml",
        '[order]\nexternal_id = "编号"\nplaced_at = "时间"\ntotal = "金额"\n'
        '[fixed.order]\nkind = "cod"\n',
    )

    orders, rejections = read(file, mapping, CHINA)

    assert rejections == []
    assert [order["kind"] for order in orders.values()] == ["cod", "cod"]


def test_a_quote_that_never_closes_is_told_with_its_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "o.csv", 'no,at,sum,back,paid\n1,2024-05-01,1,,\n2,"2024\n3,x,y\n')
    mapping = written(tmp_path, "m.toml", SIMPLE)

    orders, rejections = read(file, mapping, CHINA)

    assert set(orders) == {"1"}
    assert rejections[0].reasons == ("lines 3 to 4: unexpected end of data",)


def test_a_workbook_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Orders")
        for row, cells in enumerate(
            [
                ["no", "at", "sum", "back", "paid"],
                ["A1", "2024-05-01 10:00", 9.5, 0, ""],
                [12.0, "2024-05-01 10:00", "3.10", "", ""],
                [1.2345678901234567e18, "2024-05-01 10:00", 1, "", ""],
            ]
        ):
            sheet.write_row(row, 0, cells)
    mapping = written(tmp_path, "m.toml", SIMPLE)

    orders, rejections = read(path, mapping, CHINA)

    assert {key: order["total"] for key, order in orders.items()} == {"A1": "9.5", "12": "3.10"}
    assert "lost digits" in rejections[0].reasons[0]


def test_a_date_cell_of_a_workbook_is_local_time(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        style = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, ["no", "at", "sum", "back", "paid"])
        sheet.write_row(1, 0, ["A1"])
        sheet.write_datetime(1, 1, datetime(2024, 5, 1, 10, 0, 1), style)  # noqa: DTZ001
        sheet.write_row(1, 2, [1])
        sheet.write_row(1, 4, [""])
        sheet.write_row(2, 4, ["x"])
    mapping = written(tmp_path, "m.toml", SIMPLE)

    orders, rejections = read(path, mapping, CHINA)

    assert orders["A1"]["placed_at"] == "2024-05-01T02:00:01Z"
    assert rejections[0].reasons == ("no is empty",)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "o.xlsx"
    file.write_bytes(b"PK\x03\x04nothing of the kind")
    mapping = written(tmp_path, "m.toml", SIMPLE)

    with pytest.raises(SourceError):
        read(file, mapping, CHINA)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[order", "Expected"),
        ('[order]\nexternal_id = "no"', "order.placed_at; it must say which column is order.total"),
        (SIMPLE + "[tips]\n", "there is no option tips"),
        (SIMPLE.replace("total", "totla"), "there is no field order.totla"),
        ('encoding = "klingon"\n' + SIMPLE, "'klingon' is no encoding"),
        (SIMPLE.replace('"sum"', "3"), "order.total is no text"),
        ("[sum]\ntotal = 'x'\n" + SIMPLE, "sum.total cannot be summed"),
    ],
)
def test_a_wrong_mapping_is_told_in_full(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_mapping(written(tmp_path, "m.toml", text))


def test_another_currency_than_the_stores_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "o.csv", "no,at,sum,back,paid\n")
    mapping = written(tmp_path, "m.toml", 'currency = "USD"\n' + SIMPLE)

    with pytest.raises(SourceError, match="is in USD, the store in CNY"):
        read(file, mapping, CHINA)
