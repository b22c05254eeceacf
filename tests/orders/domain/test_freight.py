"""Freight by templates and surcharges, as the rules see it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.freight import (
    PIECE,
    WEIGHT,
    FreightNotSetError,
    Item,
    NotDeliveredError,
    Quote,
    Rate,
    Surcharges,
    Tariff,
    Template,
    Zone,
    quote,
)
from services.orders.domain.refusals import AmountInvalidError
from services.orders.domain.regions import Place, province_key
from services.orders.domain.templates import (
    TemplateInvalidError,
    TemplateOverlapError,
    check_template,
    demand_alone,
)

KILO = Rate(1000, Decimal(8), 500, Decimal("2.5"))
FAR = Rate(1000, Decimal(20), 1000, Decimal(10))
BY_WEIGHT = Template(
    "light",
    WEIGHT,
    (Zone("far", ("新疆", "西藏"), FAR), Zone("never", ("台湾",), None)),
    Zone("default", (), KILO),
    default_weight_grams=300,
)
BY_PIECE = Template(
    "cups", PIECE, (), Zone("default", (), Rate(1, Decimal(6), 2, Decimal(1), 9900, 5))
)
TARIFF = Tariff({"light": BY_WEIGHT, "cups": BY_PIECE}, {"cup": "cups"}, "light")
SURCHARGES = Surcharges(1500, 1500, ("新疆", "西藏", "广西"))

rates = st.builds(
    Rate,
    st.integers(1, 5000),
    st.decimals(0, 100, places=3),
    st.integers(1, 5000),
    st.decimals(0, 100, places=3),
)


def item(sku: str = "tea", quantity: int = 1, amount: int = 5000, weight: Any = None) -> Item:
    return Item(sku, quantity, amount, weight)


def asked(*items: Item, province: str | None = "浙江", courier: str | None = None) -> Quote:
    return quote(
        TARIFF,
        items,
        Place(province),
        currency="CNY",
        surcharges=SURCHARGES.on(courier, province),
    )


def by_weight(rate: Rate, grams: int) -> int:
    template = replace(BY_WEIGHT, zones=(), default=Zone("default", (), rate))
    tariff = Tariff({"light": template}, {}, "light")
    goods = [item(weight=grams)]
    return quote(tariff, goods, Place("浙江"), currency="CNY", surcharges={}).due_minor


@pytest.mark.parametrize(
    ("grams", "due"), [(1, 800), (1000, 800), (1001, 1050), (1500, 1050), (1501, 1300)]
)
def test_first_weight_then_further_steps_that_round_up(grams: int, due: int) -> None:
    assert asked(item(weight=grams)).due_minor == due


@given(rates, st.integers(0, 10**7), st.integers(0, 10**6))
def test_freight_never_falls_as_goods_get_heavier(rate: Rate, grams: int, more: int) -> None:
    lighter, heavier = by_weight(rate, grams), by_weight(rate, grams + more)

    assert 0 <= lighter <= heavier


@given(rates, st.integers(0, 10**7))
def test_freight_is_rounded_once_and_half_up(rate: Rate, grams: int) -> None:
    steps = rate.further_steps(grams)
    exact = rate.first_price + steps * rate.further_price

    assert abs(by_weight(rate, grams) - exact * 100) <= Decimal("0.5")
    assert rate.first_units + steps * rate.further_units >= grams
    assert steps == 0 or rate.first_units + (steps - 1) * rate.further_units < grams


def test_half_a_cent_goes_up_after_all_steps_are_added() -> None:
    rate = Rate(1, Decimal("0.002"), 1, Decimal("0.001"))

    assert [by_weight(rate, grams) for grams in (3, 4, 5)] == [0, 1, 1]


def test_weight_that_nobody_knows_is_the_template_s() -> None:
    assert asked(item(quantity=3)).parts[0].units == 900
    assert asked(item(quantity=3), item(weight=2000)).parts[0].units == 2900


@pytest.mark.parametrize(
    ("goods", "due", "full", "by"),
    [
        ([item("cup", 4, 9899)], 800, 800, None),
        ([item("cup", 4, 9900)], 0, 800, "amount"),
        ([item("cup", 5, 100)], 0, 800, "pieces"),
        ([item("cup", 3, 60), item("cup", 2, 40)], 0, 800, "pieces"),
    ],
)
def test_nothing_is_asked_from_an_amount_or_pieces_on(
    goods: list[Item], due: int, full: int, by: str | None
) -> None:
    found = asked(*goods)

    assert (found.due_minor, found.full_minor, found.parts[0].free_by) == (due, full, by)


def test_goods_of_each_template_go_together_and_sums_are_added() -> None:
    found = asked(item(), item("cup"), item(quantity=3))

    assert [(part.template.name, part.due_minor) for part in found.parts] == [
        ("light", 1050),
        ("cups", 600),
    ]
    assert found.due_minor == 1650


@pytest.mark.parametrize(
    ("courier", "province", "surcharges"),
    [
        ("圆通", "浙江省", {}),
        (None, None, {}),
        ("SF", "浙江省", {"sf": 1500}),
        ("顺丰速运", "广西壮族自治区", {"sf": 1500, "remote": 1500}),
        ("EMS", "新疆", {"remote": 1500}),
        ("SFC", "西藏自治区", {"remote": 1500}),
    ],
)
def test_surcharges_are_asked_once_each(
    courier: str | None, province: str | None, surcharges: dict[str, int]
) -> None:
    found = asked(item(), item("cup", 9), province=province, courier=courier)

    assert found.surcharges == surcharges
    assert found.due_minor == found.parts[0].due_minor + sum(surcharges.values())


def test_zone_is_found_however_its_province_is_spelt() -> None:
    spelt = ("新疆", "新疆维吾尔自治区", " 新疆 ", "西藏自治区")

    assert {BY_WEIGHT.zone_of(province).name for province in spelt} == {"far"}
    assert BY_WEIGHT.zone_of("广西壮族自治区").name == "default"
    assert BY_WEIGHT.zone_of(None).name == "default"


@pytest.mark.parametrize(
    ("spelt", "key"),
    [
        ("北京市", "北京"),
        ("内蒙古自治区", "内蒙古"),
        ("宁夏回族自治区", "宁夏"),
        ("香港特别行政区", "香港"),
        ("省", "省"),
        ("São Paulo", "são paulo"),
        ("", ""),
    ],
)
def test_provinces_have_one_key(spelt: str, key: str) -> None:
    assert province_key(spelt) == key


def test_what_the_store_has_not_set_is_refused_and_pointed_at() -> None:
    bare = Tariff({"cups": BY_PIECE}, {"cup": "cups"})
    goods = [item("cup"), item("tea")]

    with pytest.raises(FreightNotSetError) as refused:
        quote(bare, goods, Place("浙江"), currency="CNY", surcharges={})
    with pytest.raises(NotDeliveredError):
        asked(item(), province="台湾省")

    assert refused.value.pointer == "/lines/1/sku"


def test_freight_out_of_range_is_refused() -> None:
    with pytest.raises(AmountInvalidError):
        by_weight(Rate(1, Decimal(0), 1, Decimal(1_000_000)), 10**14)


@pytest.mark.parametrize(
    ("template", "skus", "pointer"),
    [
        (replace(BY_WEIGHT, default_weight_grams=None), None, "/default_weight_grams"),
        (
            replace(BY_PIECE, zones=(Zone("a", ("广西",), FAR), Zone("b", ("广西省",), FAR))),
            None,
            "/zones/1/provinces/0",
        ),
        (BY_PIECE, ["cup", "jug", "cup"], "/skus/2"),
    ],
)
def test_template_says_everything_once(template: Template, skus: Any, pointer: str) -> None:
    with pytest.raises(TemplateInvalidError) as refused:
        check_template(template, skus)

    assert refused.value.pointer == pointer


def test_goods_have_one_template_and_a_store_one_default() -> None:
    demand_alone(["a"], taken={}, defaults=["light"])
    with pytest.raises(TemplateOverlapError) as goods:
        demand_alone(["a", "b"], taken={"b": "cups"}, defaults=[])
    with pytest.raises(TemplateOverlapError) as default:
        demand_alone(None, taken={}, defaults=["light"])

    assert (goods.value.pointer, default.value.pointer) == ("/skus/1", "/skus")
