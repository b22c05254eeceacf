"""Figures as declared: complete, and worked out as their formulas say."""

from decimal import Decimal

import pytest

from services.reporting.domain.measures import BUYER_MEASURES, Basis
from services.reporting.domain.reasons import REASONS, reason_of
from services.reporting.kpis.catalogue import (
    COMPUTED,
    FIGURES,
    KEPT,
    SECTIONS,
    basis_of,
    columns_of,
    is_answered_by,
    is_answered_within_days,
)
from services.reporting.kpis.figures import Figure, Unit, Value, value_of
from services.reporting.kpis.page import page
from services.reporting.kpis.people import PEOPLE
from services.reporting.kpis.service import BRIDGE
from tests.reporting.generate import FIGURES_PAGE

PROMISED = {
    "orders_placed",
    "placed_amount",
    "orders_paid",
    "paid_amount",
    "refunded_amount",
    "payment_rate",
    "payment_rate_cohort",
    "refunds",
    "net_amount",
    "refund_rate",
    "buyers_paid",
    "amount_per_buyer",
    "amount_per_order",
    "amount_per_unit",
    "units_per_order",
    "units_paid",
    "new_buyers",
    "returning_buyers",
    "repeat_purchase_rate",
    "orders_cancelled",
    "orders_shipped",
}


def test_the_promised_figures_are_there() -> None:
    assert set(FIGURES) >= PROMISED


def test_no_figure_is_declared_twice() -> None:
    assert len(FIGURES) == sum(map(len, SECTIONS.values()))
    assert len({figure.zh for figure in FIGURES.values()}) == len(FIGURES)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.id)
def test_every_measure_of_a_figure_is_kept(figure: Figure) -> None:
    for basis in Basis:
        assert set(columns_of(figure, basis).values()) <= KEPT["store"]
    assert figure.measures - COMPUTED <= KEPT["store"]


@pytest.mark.parametrize(
    ("name", "sums", "amount"),
    [
        ("payment_rate", {"orders_paid": 2, "orders_placed": 3}, Decimal("0.666667")),
        ("payment_rate", {"orders_paid": 3, "orders_placed": 2}, Decimal("1.500000")),
        ("payment_rate", {"orders_paid": 0, "orders_placed": 0}, None),
        ("payment_rate", {"orders_paid": 5, "orders_placed": 0}, None),
        ("payment_rate", {"orders_paid": 0, "orders_placed": 4}, Decimal("0.000000")),
        ("payment_rate", {"orders_paid": 1, "orders_placed": -1}, None),
        ("net_amount", {"paid_minor": 100, "refunded_minor": 140}, -40),
        ("amount_per_order", {"paid_minor": 1001, "orders_paid": 2}, 501),
        ("amount_per_order", {"paid_minor": -1001, "orders_paid": 2}, -501),
        ("amount_per_order", {"paid_minor": 1000, "orders_paid": 3}, 333),
        ("refund_rate", {"refunded_minor": 1, "paid_minor": 2_000_000}, Decimal("0.000001")),
        ("mean_shipping_hours", {"shipping_seconds": 5400, "orders_timed": 2}, Decimal("0.750000")),
        ("mean_shipping_hours", {"shipping_seconds": 1, "orders_timed": 3}, Decimal("0.000093")),
        ("mean_refund_hours", {"refund_seconds": 0, "refunds_timed": 0}, None),
        ("wrong_shipment_rate", {"wrong_shipments": 3, "parcels_shipped": 20_000}, Decimal("1.5")),
        (
            "return_exchange_rate",
            {"returns_opened": 1, "exchanges_opened": 2, "orders_shipped": 8},
            Decimal("0.375"),
        ),
        ("refunds_only", {"refunds_paid": 3, "refunds_with_return": 1}, 2),
    ],
)
def test_values(name: str, sums: dict[str, int], amount: int | Decimal | None) -> None:
    assert value_of(FIGURES[name], sums).amount == amount


def test_a_figure_of_buyers_is_unknown_where_one_buyer_is() -> None:
    sums = {"paid_minor": 900, "buyers": 2, "orders_without_buyer": 1}

    value = value_of(FIGURES["amount_per_buyer"], sums)

    assert value == Value(None, 900, 2)


def test_the_cohort_rate_is_by_order_whatever_is_asked() -> None:
    figure = FIGURES["payment_rate_cohort"]

    assert basis_of(figure, Basis.EVENT) is Basis.ORDER
    assert columns_of(figure, Basis.EVENT)["orders_paid"] == "orders_paid_by_order"


def test_formulas_read_as_they_are_worked_out() -> None:
    assert FIGURES["net_amount"].formula == "paid_minor - refunded_minor"
    assert FIGURES["payment_rate"].formula == "orders_paid / orders_placed"
    assert FIGURES["mean_shipping_hours"].formula == "shipping_seconds / orders_timed / 3600"
    assert FIGURES["wrong_shipment_rate"].formula == "wrong_shipments / parcels_shipped * 10000"


def test_people_and_bridge_are_of_whole_days_and_stores() -> None:
    for figure in (*PEOPLE, *BRIDGE):
        assert not is_answered_within_days(figure)
        assert not is_answered_by(figure, "sku")
        assert not is_answered_by(figure, "province")


def test_sales_can_be_divided_by_product_and_province() -> None:
    for name in ("paid_amount", "orders_paid", "refunded_amount", "placed_amount", "units_paid"):
        assert is_answered_by(FIGURES[name], "sku")
        assert is_answered_by(FIGURES[name], "province")
    assert not is_answered_by(FIGURES["orders_cancelled"], "sku")


def test_returns_can_be_divided_by_product_and_reason() -> None:
    for name in ("cases_opened", "returns_opened", "refunds", "refunded_amount", "units_in_cases"):
        assert is_answered_by(FIGURES[name], "reason")
        assert is_answered_by(FIGURES[name], "sku_reason")
        assert is_answered_by(FIGURES[name], "sku")
    assert is_answered_by(FIGURES["unit_case_rate"], "sku")
    assert is_answered_by(FIGURES["refunds_requested"], "reason")
    assert not is_answered_by(FIGURES["mean_refund_hours"], "reason")
    assert not is_answered_by(FIGURES["refund_rate"], "reason")


def test_what_is_open_is_counted_by_order() -> None:
    for name in ("cases_open", "disputes_open", "problems_open"):
        assert basis_of(FIGURES[name], Basis.EVENT) is Basis.ORDER


def test_an_unknown_reason_is_another_one() -> None:
    assert [reason_of(kind) for kind in ("wrong_size", "", "the moon")] == [
        "wrong_size",
        "other",
        "other",
    ]
    assert reason_of("other") in REASONS


def test_money_figures_are_those_of_minor_units() -> None:
    for figure in FIGURES.values():
        has_money = any("minor" in measure for measure in figure.numerator)
        assert has_money == (figure.unit is Unit.MONEY or figure.id == "refund_rate")
    assert set(BUYER_MEASURES) <= KEPT["store"]


def test_the_page_of_figures_is_true() -> None:
    assert FIGURES_PAGE.read_text() == page()
