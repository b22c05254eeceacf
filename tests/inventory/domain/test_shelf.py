"""Rows of the ledger and the levels that they make."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.domain.levels import Bucket, Key, Level
from services.inventory.domain.movements import (
    Entry,
    Kind,
    Movement,
    Origin,
    Told,
    check_movement,
    entries_of,
    keys_of,
    reversal_of,
)
from services.inventory.domain.refusals import MovementInvalidError, StockShortError
from services.inventory.domain.shelf import Shelf, drift_of

T0 = datetime(2026, 11, 1, tzinfo=UTC)
ORIGIN = Origin(occurred_at=T0, caller="w", reference="SF1", reason="counted")
TEA = Key("main", "tea")
FAR = Key("far", "tea")


def moved(kind: Told, quantity: int, **values: object) -> Movement:
    return Movement(**{"kind": kind, "key": TEA, "quantity": quantity, "origin": ORIGIN, **values})  # type: ignore[arg-type]


def a_shelf(**counts: Any) -> Shelf:
    return Shelf({TEA: Level(**counts), FAR: Level()})


@pytest.mark.parametrize(
    ("movement", "counts"),
    [
        (moved(Told.RECEIVE, 3), (13, 2, 5, 1)),
        (moved(Told.RECEIVE, 3, bucket=Bucket.QUARANTINE), (10, 2, 8, 1)),
        (moved(Told.ISSUE, 3), (7, 2, 5, 1)),
        (moved(Told.ADJUST, -3), (7, 2, 5, 1)),
        (moved(Told.ADJUST, -3, bucket=Bucket.QUARANTINE), (10, 2, 2, 1)),
        (moved(Told.RETURN, 3), (13, 2, 5, 1)),
        (moved(Told.QUARANTINE, 3), (7, 2, 8, 1)),
        (moved(Told.QUARANTINE, -3), (13, 2, 2, 1)),
        (moved(Told.EXCHANGE_OUT, 3, bucket=Bucket.QUARANTINE), (10, 2, 2, 1)),
        (moved(Told.EXCHANGE_IN, 3), (13, 2, 5, 1)),
        (moved(Told.STOCKTAKE, -3), (7, 2, 5, 1)),
        (moved(Told.TRANSFER, 3, to_warehouse_id="far"), (7, 2, 5, 1)),
        (moved(Told.TRANSFER_ARRIVAL, 1), (11, 2, 5, 0)),
    ],
)
def test_each_kind_moves_its_buckets(movement: Movement, counts: tuple[int, ...]) -> None:
    shelf = a_shelf(on_hand=10, reserved=2, quarantine=5, in_transit=1)
    check_movement(movement)

    shelf.put(entries_of(movement))

    assert tuple(shelf.levels[TEA].count(bucket) for bucket in Bucket) == counts


def test_transfer_is_in_transit_until_it_arrives() -> None:
    shelf = a_shelf(on_hand=10)
    transfer = moved(Told.TRANSFER, 4, to_warehouse_id="far")

    shelf.put(entries_of(transfer))

    assert keys_of(transfer) == (TEA, FAR)
    assert (shelf.levels[FAR].in_transit, shelf.levels[FAR].available) == (4, 0)
    shelf.put(entries_of(moved(Told.TRANSFER_ARRIVAL, 4, key=FAR)))
    assert (shelf.levels[FAR].in_transit, shelf.levels[FAR].available) == (0, 4)


@pytest.mark.parametrize(
    ("movement", "pointer"),
    [
        (moved(Told.RECEIVE, 0), "/quantity"),
        (moved(Told.RECEIVE, -1), "/quantity"),
        (moved(Told.ISSUE, 1, origin=Origin(occurred_at=T0, caller="w")), "/reference"),
        (moved(Told.ADJUST, 1, origin=Origin(occurred_at=T0, caller="w")), "/reason"),
        (moved(Told.ISSUE, 1, bucket=Bucket.QUARANTINE), "/bucket"),
        (moved(Told.TRANSFER, 1), "/to_warehouse_id"),
        (moved(Told.TRANSFER, 1, to_warehouse_id="main"), "/to_warehouse_id"),
        (moved(Told.RECEIVE, 1, to_warehouse_id="far"), "/to_warehouse_id"),
        (moved(Told.CORRECTION, 0), "/corrects"),
        (moved(Told.RECEIVE, 1, corrects=3), "/corrects"),
    ],
)
def test_what_no_stock_could_make_right_is_refused(movement: Movement, pointer: str) -> None:
    with pytest.raises(MovementInvalidError) as refused:
        check_movement(movement)

    assert refused.value.pointer == pointer


def test_nothing_is_taken_that_is_not_there_and_then_nothing_is_written() -> None:
    shelf = a_shelf(on_hand=2)

    with pytest.raises(StockShortError) as refused:
        shelf.put(entries_of(moved(Told.TRANSFER, 3, to_warehouse_id="far")))

    assert refused.value.data["lines"] == [{"sku": "tea", "wanted": 3, "available": 2}]
    assert (shelf.entries, shelf.changed()) == ([], [])


def test_promised_pieces_that_broke_are_an_oversale() -> None:
    shelf = a_shelf(on_hand=5, reserved=5)

    shelf.put(entries_of(moved(Told.ADJUST, -2)))
    shelf.put(entries_of(moved(Told.ADJUST, -1)))

    [oversale] = shelf.oversales
    assert (oversale.units, oversale.entry.quantity) == (2, -2), "the first row that did it"


def test_safety_stock_is_held_back_and_sells_nothing_out() -> None:
    level = Level(on_hand=10, reserved=4, safety_stock=8)

    assert (level.available, level.free) == (-2, 6)


def test_a_correction_takes_back_and_names_the_row() -> None:
    shelf = a_shelf(on_hand=1)
    [wrong] = entries_of(moved(Told.RECEIVE, 7))
    shelf.put([wrong])
    wrong.movement_id = 12

    shelf.put([reversal_of(wrong, ORIGIN, 0)])

    row = shelf.entries[-1]
    assert (row.kind, row.quantity, row.corrects) == (Kind.RECEIVE, -7, 12)
    assert shelf.levels[TEA].on_hand == 1


def test_cost_is_the_moving_average_of_what_came_in() -> None:
    shelf = a_shelf()
    shelf.put(entries_of(moved(Told.RECEIVE, 10, cost_minor=1000)))
    shelf.put(entries_of(moved(Told.RECEIVE, 5, cost_minor=800)))

    shelf.put(entries_of(moved(Told.ISSUE, 6)))

    assert shelf.levels[TEA].unit_cost == Decimal("120.0000")
    assert shelf.entries[-1].cost_minor == 720
    shelf.put(entries_of(moved(Told.TRANSFER, 2, to_warehouse_id="far")))
    assert shelf.levels[FAR].unit_cost == Decimal("120.0000"), "goods take their cost with them"


_COUNTS = st.integers(-5, 12)
_TOLD = st.sampled_from([kind for kind in Told if kind is not Told.CORRECTION])


@given(st.lists(st.tuples(_TOLD, _COUNTS, st.sampled_from([TEA, FAR]), st.booleans())))
def test_levels_are_the_sums_of_the_rows_and_no_bucket_goes_below_zero(
    told: list[tuple[Told, int, Key, bool]],
) -> None:
    shelf = a_shelf()
    for kind, quantity, key, in_quarantine in told:
        other = FAR if key is TEA else TEA
        movement = Movement(
            kind=kind,
            key=key,
            quantity=quantity,
            origin=ORIGIN,
            bucket=Bucket.QUARANTINE if in_quarantine else None,
            to_warehouse_id=other.warehouse_id if kind is Told.TRANSFER else None,
        )
        try:
            check_movement(movement)
            shelf.put(entries_of(movement))
        except (MovementInvalidError, StockShortError):
            continue

    summed = summed_of(shelf.entries)
    assert drift_of(shelf.levels, summed) == []
    assert all(level.count(b) >= 0 for level in shelf.levels.values() for b in Bucket)
    assert all(entry.quantity for entry in shelf.entries)


def summed_of(entries: list[Entry]) -> dict[Key, Level]:
    summed: dict[Key, Level] = {}
    for entry in entries:
        summed.setdefault(entry.key, Level()).add(entry.bucket, entry.quantity)
    return summed


def test_drift_is_found_where_kept_and_summed_disagree() -> None:
    kept = {TEA: Level(on_hand=3), FAR: Level()}

    assert drift_of(kept, {TEA: Level(on_hand=3)}) == []
    assert drift_of(kept, {TEA: Level(on_hand=2)}) == [TEA]
    assert drift_of(kept, {FAR: Level(in_transit=1), TEA: Level(on_hand=3)}) == [FAR]
