"""Who pays the freight of returned goods."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.return_freight import FreightRule, split_freight

HOUSE = FreightRule("seller", "buyer", Decimal("0.5"))
TURNED = FreightRule("buyer", "seller", Decimal("0.3333"))


@pytest.mark.parametrize(
    ("rule", "kind", "is_shops_fault", "expected"),
    [
        (HOUSE, "return", True, (1201, 0)),
        (HOUSE, "exchange", True, (1201, 0)),
        (HOUSE, "return", False, (0, 1201)),
        (HOUSE, "exchange", False, (600, 601)),
        (HOUSE, "repair", False, (600, 601)),
        (TURNED, "return", True, (0, 1201)),
        (TURNED, "return", False, (1201, 0)),
        (TURNED, "exchange", False, (801, 400)),
    ],
)
def test_freight_follows_the_fault_and_the_store(
    rule: FreightRule, kind: str, is_shops_fault: bool, expected: tuple[int, int]
) -> None:
    assert split_freight(1201, rule, kind=kind, is_shops_fault=is_shops_fault) == expected


@given(
    st.integers(0, 10**9),
    st.decimals(0, 1, places=4),
    st.sampled_from(["return", "exchange", "repair"]),
    st.booleans(),
)
def test_the_parts_make_the_freight(
    freight: int, ratio: Decimal, kind: str, is_shops_fault: bool
) -> None:
    parts = split_freight(
        freight, FreightRule("seller", "buyer", ratio), kind=kind, is_shops_fault=is_shops_fault
    )

    assert sum(parts) == freight
    assert min(parts) >= 0
