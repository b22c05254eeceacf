"""What a batch folds to agrees with a slow second opinion, however it is cut and shuffled."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.measures import (
    BRIDGE_MEASURES,
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
    TWIN,
)
from services.reporting.projections.buyers import buyer_id
from services.reporting.projections.fold import COUNTERS, TYPES, fold
from services.reporting.projections.sums import Sums
from shared.contracts.envelope import Event
from shared.contracts.log import ProbeSent
from shared.contracts.orders import OrderLine
from shared.contracts.orders_steps import GoodsChanged
from shared.kernel.clock import utc_now
from tests.reporting.facts import NEVER, an_order
from tests.reporting.lives import STORES, enveloped, histories
from tests.reporting.oracle import Entry, ledger

SUBJECTS = ("hours", "skus", "regions", "buyers", "bridge", "handling", "reasons", "returns")


def folded(events: list[Event]) -> Sums:
    return fold([enveloped(event) for event in events])


def nonzero(rows: Any, measures: tuple[str, ...]) -> dict[Any, int]:
    return {
        (key, name): value
        for key, row in rows.items()
        for name, value in zip(measures, row, strict=True)
        if value
    }


def expected(entries: list[Entry], measures: tuple[str, ...], key: Any) -> dict[Any, int]:
    """Add up the entries; `key` gives an entry's key on its own (False) or its order's (True)."""
    sums: defaultdict[Any, int] = defaultdict(int)
    for entry in entries:
        if entry.measure in measures:
            sums[key(entry, False), entry.measure] += entry.value
        if entry.measure + TWIN in measures:
            sums[key(entry, True), entry.measure + TWIN] += entry.value
    return {place: value for place, value in sums.items() if value}


def day(entry: Entry, by_order: bool) -> date:
    return entry.order_day if by_order else entry.own_day


@given(histories())
def test_hours_agree_with_the_ledger(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.sku is None]

    sums = folded(events)

    for found, measures in ((sums.hours, STORE_MEASURES), (sums.handling, HANDLING_MEASURES)):
        rows = {(s, b.hour, b.day): row for (s, b), row in found.items()}
        assert nonzero(rows, measures) == expected(
            entries,
            measures,
            lambda e, o: (e.store_id, e.order_hour if o else e.own_hour, day(e, o)),
        )


@given(histories())
def test_days_are_the_sums_of_their_hours(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.sku is None]

    sums = folded(events)

    for found, measures in (
        (sums.days(), STORE_MEASURES),
        (sums.handling_days(), HANDLING_MEASURES),
    ):
        assert nonzero(found, measures) == expected(
            entries, measures, lambda e, o: (e.store_id, day(e, o))
        )


@given(histories())
def test_skus_agree_with_the_ledger(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.sku is not None]

    rows = folded(events).skus

    assert nonzero(rows, SKU_MEASURES) == expected(
        entries, SKU_MEASURES, lambda e, o: (e.store_id, day(e, o), e.sku)
    )


@given(histories())
def test_reasons_agree_with_the_ledger(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.reason is not None]

    sums = folded(events)

    assert nonzero(sums.reasons, REASON_MEASURES) == expected(
        [entry for entry in entries if entry.sku is None],
        REASON_MEASURES,
        lambda e, o: (e.store_id, day(e, o), e.reason),
    )
    assert nonzero(sums.returns, RETURN_MEASURES) == expected(
        [entry for entry in entries if entry.sku is not None],
        RETURN_MEASURES,
        lambda e, o: (e.store_id, day(e, o), e.sku, e.reason),
    )


@given(histories())
def test_regions_agree_with_the_ledger(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.sku is None]

    rows = folded(events).regions

    assert nonzero(rows, REGION_MEASURES) == expected(
        entries, REGION_MEASURES, lambda e, o: (e.store_id, day(e, o), e.province)
    )


@given(histories())
def test_the_bridge_and_buyers_agree_with_the_ledger(events: list[Event]) -> None:
    entries = [entry for entry in ledger(events) if entry.sku is None]
    paid = [e for e in entries if e.measure in {"orders_paid", "paid_minor"} and e.buyer]

    sums = folded(events)

    bridge = expected(entries, BRIDGE_MEASURES, lambda e, _: (e.store_id, e.order_day, e.own_day))
    assert nonzero(sums.bridge, BRIDGE_MEASURES) == bridge
    names = ("orders_paid", "paid_minor", "orders_paid_by_order", "paid_minor_by_order")
    buyers = expected(paid, names, lambda e, o: (e.store_id, day(e, o), buyer_id(e.buyer or "")))
    assert nonzero(sums.buyers, names) == buyers


@given(histories(), st.data())
def test_neither_order_nor_cuts_matter(events: list[Event], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))

    whole = folded(events)
    parts = folded(shuffled[:cut]), folded(shuffled[cut:])

    for subject in SUBJECTS:
        added: dict[Any, list[int]] = {}
        for part in parts:
            for key, row in getattr(part, subject).items():
                added[key] = [
                    a + b for a, b in zip(added.get(key, [0] * len(row)), row, strict=True)
                ]
        assert added == dict(getattr(whole, subject))


@given(histories())
def test_products_add_up_to_orders(events: list[Event]) -> None:
    sums = folded(events)

    for name in ("placed_minor", "paid_minor", "refunded_minor", "paid_minor_by_order"):
        by_day: defaultdict[Any, int] = defaultdict(int)
        for (store_id, own, _), row in sums.skus.items():
            by_day[store_id, own] += row[SKU_MEASURES.index(name)]
        for key, row in sums.days().items():
            assert by_day[key] == row[STORE_MEASURES.index(name)]


def test_an_event_that_counts_nothing_adds_nothing() -> None:
    probe = ProbeSent(occurred_at=utc_now(), probe="1")

    sums = folded([probe])

    assert not any(getattr(sums, subject) for subject in SUBJECTS)
    assert probe.type not in TYPES
    assert {event.type for event in COUNTERS} == TYPES


def test_a_buyer_is_kept_as_128_bits() -> None:
    digest = "0123456789abcdef" * 4

    assert buyer_id(digest) == digest[:32]
    assert len(buyer_id("wang@example.com")) == 32
    assert buyer_id("wang@example.com") != buyer_id("wang@example.org")
    assert buyer_id("00 11 22 33 44 55 66 77 88 99 aa") != buyer_id("00112233445566778899aa")


@given(st.integers(0, 40), st.booleans())
def test_other_model_counts_as_if_it_had_been_sold(days_later: int, is_paid: bool) -> None:
    _, _, moment = STORES["tokyo"]
    paid_at = moment + timedelta(days=days_later) if is_paid else NEVER
    line = OrderLine(line_no=1, sku="A", quantity=2, amount_minor=10_000)
    rest = OrderLine(line_no=2, sku="B", quantity=1, amount_minor=3_000)
    sold, wanted = [line, rest], [msgspec.structs.replace(line, sku="C"), rest]
    before = an_order(paid_at=paid_at, lines=sold)
    told = {
        name: getattr(before[0], name)
        for name in (
            "store_id",
            "timezone",
            "day_start",
            "order_id",
            "external_id",
            "currency",
            "placed_at",
        )
    }
    changed = GoodsChanged(
        **told,
        occurred_at=moment + timedelta(days=60),
        lines=wanted,
        previous_lines=sold,
        paid_at=paid_at if is_paid else None,
    )

    moved = folded([*before, changed])
    straight = folded(an_order(paid_at=paid_at, lines=wanted))

    assert nonzero(moved.skus, SKU_MEASURES) == nonzero(straight.skus, SKU_MEASURES)
    assert nonzero(moved.hours, STORE_MEASURES) == nonzero(straight.hours, STORE_MEASURES)
    assert folded([changed]).stores() == ["tokyo"], "who looks at the store is told"
