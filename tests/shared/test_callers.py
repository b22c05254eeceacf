"""What a caller may do and see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.authenticator import narrow
from shared.web.callers import Caller, ScopeMissingError, StoreForbiddenError

MANAGER = Caller("m", frozenset({"orders:read"}), stores=frozenset({"s2", "s1"}))
BOSS = Caller("b", frozenset({"admin"}))


def test_query_without_wishes_is_limited_to_all_that_is_the_callers() -> None:
    assert MANAGER.limit(None) == ["s1", "s2"]
    assert BOSS.limit(None) is None


def test_query_for_stores_is_limited_to_them() -> None:
    assert MANAGER.limit(["s2", "s2"]) == ["s2"]
    assert MANAGER.limit([]) == []
    assert BOSS.limit(["s9"]) == ["s9"]


def test_query_for_a_foreign_store_is_refused_by_its_name() -> None:
    with pytest.raises(StoreForbiddenError) as refused:
        MANAGER.limit(["s1", "s9"])

    assert refused.value.data == {"store_id": "s9"}


def test_caller_of_no_store_sees_none() -> None:
    nobody = Caller("n", frozenset({"orders:read"}), stores=frozenset())

    assert nobody.limit(None) == []
    assert not nobody.may_see("s1")


def test_administrator_holds_every_scope() -> None:
    BOSS.demand("refunds:pay")
    with pytest.raises(ScopeMissingError) as refused:
        MANAGER.demand("refunds:pay")

    assert refused.value.data == {"scope": "refunds:pay"}


@given(
    st.frozensets(st.sampled_from(["a", "b", "c", "admin"])),
    st.none() | st.lists(st.sampled_from(["a", "b", "c", "admin"])),
)
def test_narrowing_allows_nothing_that_was_not_granted(
    granted: frozenset[str], wanted: list[str] | None
) -> None:
    result = narrow(granted, wanted)

    assert "admin" in granted or result <= granted
    assert wanted is None or "admin" in wanted or result <= set(wanted)
