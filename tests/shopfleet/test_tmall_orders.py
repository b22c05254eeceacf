"""Tmall's order export with every trap that the real ones set."""

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shopfleet.importers.drafts import Draft, Rejection, SourceError, Store
from shopfleet.importers.source import Source
from shopfleet.importers.tmall_orders import read_tmall_orders

TRAPS = (Path(__file__).parent / "data" / "tmall_traps.csv").read_bytes()
STORE = Store("tmall-1", "Asia/Shanghai", "CNY")
HEADER = TRAPS.split(b"\r\n")[0].decode()
GOOD = "9,89.9,89.9,四川省,2020-02-29 12:00:00,2020-02-29 12:00:09,0.0"


class Read:
    """What was read of some bytes."""

    def __init__(self, path: Path, data: bytes, store: Store = STORE) -> None:
        path.write_bytes(data)
        self.items = list(read_tmall_orders(Source(path), store))
        drafts = [item for item in self.items if isinstance(item, Draft)]
        self.orders = {draft.external_id: draft.order for draft in drafts}
        self.rejections = [item for item in self.items if isinstance(item, Rejection)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def read_rows(file: Path, *rows: str) -> Read:
    return Read(file, "\r\n".join([HEADER, *rows, ""]).encode())


def test_every_row_of_the_traps_becomes_an_order(file: Path) -> None:
    read = Read(file, TRAPS)

    assert read.rejections == []
    assert list(read.orders) == [str(number) for number in range(1, 11)]


def test_an_unpaid_order_has_its_total_and_no_payment(file: Path) -> None:
    order = Read(file, TRAPS).orders["7"]

    assert order == {
        "store_id": "tmall-1",
        "external_id": "7",
        "placed_at": "2020-02-07T02:00:00Z",
        "lines": [],
        "total": "188320.0",
        "backfill": True,
        "buyer": {"province": "北京"},
    }


def test_paid_means_that_there_is_a_payment_time(file: Path) -> None:
    orders = Read(file, TRAPS).orders

    paid = [number for number, order in orders.items() if "payments" in order]
    assert paid == ["2", "4", "5", "6", "8", "9", "10"]


def test_a_fully_refunded_order_was_paid_in_full(file: Path) -> None:
    order = Read(file, TRAPS).orders["4"]

    moment = "2020-02-20T14:10:31Z"
    assert order["payments"] == [{"amount": "299.0", "paid_at": moment}]
    assert order["refunds"] == [
        {
            "amount": "299.0",
            "reason": "Tmall order export",
            "requested_at": moment,
            "approved_at": moment,
            "paid_at": moment,
            "is_time_assumed": True,
        }
    ]


def test_a_partial_refund_is_not_taken_off_the_payment(file: Path) -> None:
    order = Read(file, TRAPS).orders["5"]

    assert order["payments"][0]["amount"] == "150.5"
    assert order["refunds"][0]["amount"] == "30.0"


def test_a_payment_after_midnight_keeps_its_own_day(file: Path) -> None:
    order = Read(file, TRAPS).orders["6"]

    def day(moment: str) -> str:
        return str(datetime.fromisoformat(moment).astimezone(ZoneInfo(STORE.timezone)).date())

    assert day(order["placed_at"]) == "2020-02-07"
    assert day(order["payments"][0]["paid_at"]) == "2020-02-08"


def test_times_are_those_of_the_store(file: Path) -> None:
    read = Read(file, TRAPS, Store("s", "Asia/Tokyo", "CNY"))

    assert read.orders["9"]["placed_at"] == "2020-02-29T03:00:00Z"


def test_an_order_without_region_has_no_buyer(file: Path) -> None:
    assert "buyer" not in Read(file, TRAPS).orders["10"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + TRAPS,
        TRAPS.decode().encode("gbk"),
        TRAPS.decode().encode("utf-16"),
        gzip.compress(TRAPS),
        gzip.compress(TRAPS.decode().encode("gb18030")),
        gzip.compress(TRAPS[:300]) + gzip.compress(TRAPS[300:]),
        TRAPS.replace(b"\r\n", b"\n").rstrip(),
    ],
    ids=["bom", "gbk", "utf-16", "gzip", "gzip of gb18030", "two gzip members", "unix line ends"],
)
def test_the_same_orders_come_out_of_every_wrapping(file: Path, data: bytes) -> None:
    plain = Read(file, TRAPS)

    assert Read(file, data).items == plain.items


def test_columns_may_stand_in_another_order(file: Path) -> None:
    names = HEADER.split(",")
    cells = GOOD.split(",")
    text = "\n".join([",".join(["备注", *names[::-1]]), ",".join(["x", *cells[::-1]])])

    read = Read(file, text.encode())

    assert read.orders["9"] == read_rows(file, GOOD).orders["9"]


BAD_ROWS = {
    "11,10.0,5.0,上海,2020-02-01 00:00:00,2020-02-01 00:00:01,0.0": (
        "总金额 10.0 less 退款金额 0.0 is not 买家实际支付金额 5.0"
    ),
    "12,10.0,10.0,上海,2020-02-01 00:00:00,,0.0": (
        "买家实际支付金额 10.0 and 退款金额 0.0, but no 订单付款时间"
    ),
    "13,ten,0.0,上海,2020-02-01 00:00:00,,0.0": "总金额: 'ten' is no amount",
    "14,-5,0.0,上海,2020-02-01 00:00:00,,0.0": "总金额: '-5' is no amount",
    "15,1e3,0.0,上海,2020-02-01 00:00:00,,0.0": "总金额: '1e3' is no amount",
    "16,,0.0,上海,2020-02-01 00:00:00,,0.0": "总金额 is empty",
    "17,5.0,0.0,上海,yesterday,,0.0": "订单创建时间: 'yesterday' is no time",
    "18,5.0,0.0,上海,2020-02-30 00:00:00,,0.0": "订单创建时间: '2020-02-30 00:00:00' is no time",
    "19,5.0,0.0,上海": "has 4 cells, the header has 7",
    "20,5.0,0.0,上海,2020-02-01 00:00:00,,0.0,": "has 8 cells, the header has 7",
    ",5.0,0.0,上海,2020-02-01 00:00:00,,0.0": "订单编号 is empty",
    '"22,5.0,0.0,上海,2020-02-01 00:00:00,,0.0': "is no CSV: unexpected end of data",
}


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.items(), ids=range(11, 23))
def test_a_broken_row_is_rejected_alone_with_its_reason(file: Path, row: str, reason: str) -> None:
    read = read_rows(file, GOOD, row, GOOD.replace("9,", "99,", 1))

    assert list(read.orders) == ["9", "99"]
    assert [(item.line, item.reasons) for item in read.rejections] == [(3, (reason,))]


def test_a_row_in_another_encoding_is_rejected_alone(file: Path) -> None:
    gbk = GOOD.replace("9,", "98,", 1).encode("gbk")

    read = Read(file, b"\r\n".join([HEADER.encode(), gbk, GOOD.encode()]))

    assert list(read.orders) == ["9"]
    assert read.rejections[0].reasons == ("holds bytes that are not UTF-8",)


def test_a_file_cut_inside_a_row_gives_the_rows_before_it(file: Path) -> None:
    rows = [GOOD.replace("9,", f"{number * 7919 % 100_003},", 1) for number in range(3000)]
    packed = gzip.compress("\n".join([HEADER, *rows]).encode())

    read = Read(file, packed[: len(packed) * 2 // 3])

    numbers = [row.split(",")[0] for row in rows]
    assert len(read.orders) > 1500
    assert list(read.orders) == numbers[: len(read.orders)]
    cut, rest = read.rejections
    assert cut.reasons == ("the file breaks off inside this row",)
    assert rest.reasons[0].endswith("could be read: the gzip file ends early")


def test_damaged_gzip_gives_what_lies_before_the_damage(file: Path) -> None:
    packed = bytearray(gzip.compress(TRAPS))
    packed[-8] ^= 0xFF  # the check sum

    read = Read(file, bytes(packed))

    assert len(read.orders) == 10
    assert "incorrect data check" in read.rejections[-1].reasons[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\xff" * 900, "does not name"),
        (b"a" * 2_000_000, "does not end"),
        (b"\x1f\x8b\x08", "holds no line that can be read"),
        ("订单编号,总金额\r\n".encode(), "does not name 买家实际支付金额"),
        (HEADER.replace("退款金额", "退款金额合计").encode(), "there is no column 退款金额"),
    ],
    ids=["empty", "bytes", "one long line", "gzip without content", "two columns", "like names"],
)
def test_a_file_of_another_kind_is_refused_whole(file: Path, data: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        Read(file, data)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        Source(tmp_path / "none.csv")


def test_no_rows_is_no_error(file: Path) -> None:
    read: Any = Read(file, HEADER.encode())

    assert read.items == []
