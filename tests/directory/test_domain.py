"""Who may grant what; and the catalogue of roles and thresholds."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.domain import (
    AlreadyThereError,
    Authority,
    GrantForbiddenError,
    PlatformUnknownError,
    RoleUnknownError,
    TokenGrant,
    demand_known,
    demand_platform,
    demand_same,
    grant_token,
)
from services.directory.roles import ROLES, SCOPES
from services.directory.thresholds.catalogue import (
    THRESHOLDS,
    check_change,
    check_together,
    effective,
)
from services.directory.thresholds.cs import CS
from services.directory.thresholds.house import HOUSE
from services.directory.thresholds.inventory import INVENTORY
from services.directory.thresholds.orders import ORDERS
from services.directory.thresholds.promotion import PROMOTION
from services.directory.thresholds.reporting import REPORTING

ADMIN = Authority(frozenset({"admin"}), None)
MANAGER = Authority(frozenset({"orders:read", "staff:write"}), frozenset({"s1", "s2"}))

scopes = st.frozensets(st.sampled_from(sorted(SCOPES)))
stores = st.none() | st.frozensets(st.sampled_from(["s1", "s2", "s3"]))
authorities = st.builds(Authority, scopes, stores)


def test_nobody_grants_what_they_may_not_do() -> None:
    with pytest.raises(GrantForbiddenError) as refused:
        MANAGER.demand_scopes(["orders:read", "refunds:pay"])

    assert refused.value.data == {"scopes": ["refunds:pay"]}
    ADMIN.demand_scopes(SCOPES)


@pytest.mark.parametrize("wanted", [None, ["s3"], ["s1", "s3"]])
def test_nobody_grants_stores_that_are_not_theirs(wanted: list[str] | None) -> None:
    with pytest.raises(GrantForbiddenError):
        MANAGER.demand_stores(wanted)


def test_own_stores_are_granted() -> None:
    MANAGER.demand_stores(["s1"])
    ADMIN.demand_stores(None)


@pytest.mark.parametrize(
    ("kept", "is_seen"), [(None, False), (["s1"], True), (["s1", "s3"], False), ([], True)]
)
def test_accounts_reaching_further_are_not_seen(kept: list[str] | None, is_seen: bool) -> None:
    assert MANAGER.sees(kept) is is_seen
    assert ADMIN.sees(kept)


@given(issuer=authorities, bearer=authorities)
def test_token_without_wishes_allows_no_more_than_both_may(
    issuer: Authority, bearer: Authority
) -> None:
    grant = grant_token(issuer, bearer, None, None)

    named = bearer.scopes if grant.scopes is None else frozenset(grant.scopes)
    for side in (issuer, bearer):
        assert "admin" in side.scopes or named <= side.scopes
        if side.stores is not None:
            reached = bearer.stores if grant.stores is None else frozenset(grant.stores)
            assert reached is not None
            assert reached <= side.stores


def test_administrators_token_is_not_narrowed() -> None:
    assert grant_token(ADMIN, MANAGER, None, None) == TokenGrant(None, None)


@pytest.mark.parametrize(
    ("wanted", "where"), [(["refunds:pay"], None), (None, ["s3"]), (["admin"], None)]
)
def test_token_beyond_its_bearer_is_refused(
    wanted: list[str] | None, where: list[str] | None
) -> None:
    with pytest.raises(GrantForbiddenError):
        grant_token(ADMIN, MANAGER, wanted, where)


def test_unknown_name_is_pointed_at() -> None:
    with pytest.raises(RoleUnknownError) as refused:
        demand_known(["finance", "king"], {"finance"}, RoleUnknownError, "/roles")

    assert refused.value.pointer == "/roles/1"


def test_unknown_platform_is_refused() -> None:
    with pytest.raises(PlatformUnknownError):
        demand_platform("pinduoduo", ["tmall"])
    demand_platform("pinduoduo", ["tmall", "pinduoduo"])


def test_other_content_names_what_differs() -> None:
    with pytest.raises(AlreadyThereError) as refused:
        demand_same({"name": "a", "currency": "CNY"}, {"name": "b", "currency": "CNY"}, "It")

    assert refused.value.data == {"differs": ["name"]}


def test_only_finance_corrects_and_pays() -> None:
    for scope in ("payments:correct", "refunds:pay"):
        assert [role.role for role in ROLES if scope in role.scopes] == ["finance"]


def test_every_role_of_the_requirements_is_there_once() -> None:
    sources = [role.source for role in ROLES if role.source.startswith("X-")]

    assert sorted(sources, key=lambda source: int(source[2:])) == [
        f"X-{number}" for number in range(1, 37) if number != 35
    ]
    assert len({role.role for role in ROLES}) == len(ROLES)


def test_roles_grant_known_scopes_and_have_both_names() -> None:
    for role in ROLES:
        assert role.scopes <= SCOPES
        assert role.scopes
        assert role.zh
        assert role.en


def test_only_the_administrator_may_do_everything() -> None:
    assert [role.role for role in ROLES if "admin" in role.scopes] == ["administrator"]


def test_no_threshold_is_there_twice() -> None:
    every = (*HOUSE, *ORDERS, *PROMOTION, *CS, *INVENTORY, *REPORTING)

    assert len(every) == len(THRESHOLDS)


@pytest.mark.parametrize("key", THRESHOLDS)
def test_default_is_a_value_the_threshold_takes(key: str) -> None:
    threshold = THRESHOLDS[key]

    assert threshold.check(threshold.default) == threshold.default
    assert threshold.zh
    assert threshold.en
    assert threshold.source


@pytest.mark.parametrize(
    ("source", "key", "value"),
    [
        ("O-R1", "orders.chase_unpaid_hours", 12),
        ("O-R2", "orders.chase_open_hours", 24),
        ("O-R3", "orders.ship_within_hours", 24),
        ("O-R5", "orders.problem_close_hours", 24),
        ("O-R6", "orders.receipt_follow_up_days", 3),
        ("O-R10", "orders.sf_surcharge", "15.00"),
        ("O-R29", "orders.discount_ceiling_ratio", "0.03"),
        ("P-R1", "promotion.roi_pass", "3"),
        ("P-R1", "promotion.roi_excellent", "5"),
        ("P-R3", "promotion.commission_ceiling_ratio", "0.70"),
        ("C-R1", "cs.slow_reply_minutes", 2),
        ("C-R1", "cs.slow_replies_allowed", 3),
        ("C-R2", "cs.no_reply_minutes", 30),
        ("C-R3", "cs.long_no_reply_minutes", 120),
        ("C-R4", "cs.idle_minutes", 120),
        ("C-R14", "cs.callback_days", [1, 3, 10, 30]),
        ("C-K6", "cs.commission_ratio", "0.005"),
        ("C-K11", "cs.chat_samples_a_day", 10),
        ("I-R1", "inventory.first_purchase_sets", 3),
        ("I-R3", "inventory.replenishment_weekday", "thursday"),
        ("I-R4", "inventory.stocktake_from_day", 28),
        ("O-K18", "reporting.daily_floor_ratio", "0.50"),
    ],
)
def test_rule_has_its_number(source: str, key: str, value: Any) -> None:
    assert THRESHOLDS[key].default == value
    assert source in THRESHOLDS[key].source.split()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("orders.chase_unpaid_hours", 0),
        ("orders.chase_unpaid_hours", 721),
        ("orders.chase_unpaid_hours", "12"),
        ("orders.chase_unpaid_hours", 12.5),
        ("orders.chase_unpaid_hours", True),
        ("orders.sf_surcharge", 15),
        ("orders.sf_surcharge", "-1"),
        ("orders.sf_surcharge", "1e3"),
        ("orders.sf_surcharge", "NaN"),
        ("orders.discount_ceiling_ratio", "1.01"),
        ("orders.return_needs_pictures", "true"),
        ("orders.picking_order", "whenever"),
        ("orders.default_courier", "x" * 501),
        ("orders.default_courier", "a\0b"),
        ("orders.remote_regions", ["新疆", "新疆"]),
        ("orders.remote_regions", "新疆"),
        ("orders.discount_ceiling_by_role", {"CS": "0.05"}),
        ("orders.discount_ceiling_by_role", {"cs_head": 0.05}),
        ("cs.rest_from", "24:01"),
        ("cs.rest_from", "9:00"),
        ("cs.callback_days", [1, -1]),
        ("cs.callback_days", [1] * 51),
        ("cs.credit_order", ["chaser", "nobody"]),
        ("house.further_platforms", ["pinduoduo"]),
        ("no.such_thing", 1),
    ],
)
def test_bad_value_is_refused(key: str, value: Any) -> None:
    assert list(check_change({key: value}, is_company=False)) == [key]


@given(st.integers(min_value=1, max_value=720))
def test_whole_numbers_within_bounds_are_taken(hours: int) -> None:
    assert check_change({"orders.chase_unpaid_hours": hours}, is_company=False) == {}


@given(st.decimals(min_value=Decimal(0), max_value=Decimal(1), places=4))
def test_shares_are_taken_as_texts(share: Decimal) -> None:
    change = {"orders.discount_ceiling_ratio": f"{share:f}"}

    assert check_change(change, is_company=False) == {}


def test_store_comes_before_company_and_company_before_default() -> None:
    company = {"orders.chase_unpaid_hours": 6, "orders.problem_close_hours": 8, "gone": 1}

    values = effective(company, {"orders.chase_unpaid_hours": 3})

    assert values["orders.chase_unpaid_hours"] == 3
    assert values["orders.problem_close_hours"] == 8
    assert values["orders.ship_within_hours"] == 24
    assert "gone" not in values


def test_grades_out_of_order_are_found() -> None:
    values = effective({"promotion.roi_pass": "4.5"})

    assert list(check_together(values)) == ["promotion.roi_pass"]
    assert check_together(effective()) == {}
