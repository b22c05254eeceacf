"""The recomputation itself says what is known of the data sets."""

from pathlib import Path

import polars as pl
import pytest

from tests.real_input.tmall_recomputed import DAYS, Recomputed

pytestmark = pytest.mark.real_data


def test_tmall_is_what_its_description_says(real_data: Path) -> None:
    recomputed = Recomputed(real_data)
    orders = recomputed.orders
    paid = orders.filter(pl.col("paid_day").is_not_null())

    assert orders.height == 28_010
    assert paid.height == 24_087
    assert paid.filter(pl.col("total") != pl.col("kept") + pl.col("refund")).height == 0
    assert paid.filter(pl.col("kept") == 0).height == 5_132
    assert paid.filter(pl.col("paid_day") != pl.col("placed_day")).height == 139
    assert orders.filter(pl.col("placed_day") == "2020-02-08").height == 0
    assert recomputed.by_day("event")[("2020-02-08",)].paid > 0
    unpaid = orders.filter(pl.col("paid_day").is_null())
    assert 0.355 < 18_832_000 / unpaid["total"].sum() < 0.365
    assert len(DAYS) == 30
