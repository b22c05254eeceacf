"""What an order's life does to what is set aside."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.inventory.domain.desk import Desk, allocate
from services.inventory.domain.holding import expire
from services.inventory.domain.issuing import Sent, issue
from services.inventory.domain.levels import Key
from services.inventory.domain.reservations import FactKind, Status, Wanted
from services.inventory.domain.reserving import amend, cancel, pay, place, refund, unpay
from services.inventory.domain.shelf import Terms
from tests.support.desks import HOLD, SKUS, T0, a_desk, asked, counts, kinds


def test_an_order_is_set_aside_paid_and_issued() -> None:
    desk = a_desk({("main", "tea"): 5})

    place(desk, asked(("tea", 2)))
    pay(desk, asked(("tea", 2)))
    sent = Sent(store_id="s1", order_id="o1", at=T0, shipment_id="p", waybill="SF1",
                lines=[Wanted(1, "tea", 2)], is_complete=True)  # fmt: skip
    issue(desk, sent)

    assert kinds(desk) == ["reserved", "confirmed", "issued"]
    assert desk.facts[0].expires_at == T0 + HOLD
    assert counts(desk) == (3, 0)
    assert {entry.origin.reference for entry in desk.shelf.entries[-2:]} == {"SF1"}
    [reservation] = desk.reservations.values()
    assert reservation.status is Status.ISSUED


def test_all_lines_are_set_aside_or_none() -> None:
    desk = a_desk({("main", "tea"): 5, ("main", "cup"): 1})

    place(desk, asked(("tea", 2), ("cup", 2)))

    [fact] = desk.facts
    assert fact.kind is FactKind.REJECTED
    assert [(line.sku, line.wanted, line.available) for line in fact.short] == [("cup", 2, 1)]
    assert (desk.shelf.entries, counts(desk)) == ([], (5, 0))


def test_two_lines_that_share_a_component_cannot_both_have_the_last() -> None:
    """Others check each line by itself, and it passes twice: medusajs/medusa#16502."""
    desk = a_desk({("main", "tea"): 3, ("main", "cup"): 9})

    place(desk, asked(("set", 1), ("duo", 1), order="fits"))
    place(desk, asked(("set", 1), order="does not"))

    assert kinds(desk) == ["reserved", "rejected"]
    pieces = [(piece.line_no, piece.sku, piece.quantity) for piece in desk.facts[0].lines]
    assert pieces == [(1, "tea", 1), (1, "cup", 2), (2, "tea", 2)]
    assert [(line.sku, line.available) for line in desk.facts[1].short] == [("set", 0)]


def test_safety_stock_is_not_sold_and_alert_levels_are_no_business_of_it() -> None:
    """Others mix up both thresholds: woocommerce/woocommerce#29411, frappe/erpnext#28327."""
    desk = a_desk({("main", "tea"): 5})
    desk.shelf.levels[Key("main", "tea")].safety_stock = 3

    place(desk, asked(("tea", 2), order="a"))
    place(desk, asked(("tea", 1), order="b"))

    assert kinds(desk) == ["reserved", "rejected"]


def test_goods_come_from_one_warehouse_where_one_has_them_all() -> None:
    desk = a_desk({("a", "tea"): 9, ("a", "cup"): 0, ("b", "tea"): 2, ("b", "cup"): 2})

    lines, _ = allocate(desk, "s1", [Wanted(1, "tea", 2), Wanted(2, "cup", 1)])
    split, _ = allocate(desk, "s1", [Wanted(1, "tea", 10), Wanted(2, "cup", 1)])

    assert {part.warehouse_id for line in lines for part in line.parts} == {"b"}
    assert [(part.warehouse_id, part.open) for part in split[0].parts] == [("a", 9), ("b", 1)]


def test_reserve_on_paid_waits_for_the_money() -> None:
    terms = {"s1": Terms(reserve_on="paid")}
    desk = a_desk({("main", "tea"): 5}, tea=terms)

    place(desk, asked(("tea", 2)))
    nothing_yet = kinds(desk)
    pay(desk, asked(("tea", 2)))

    assert nothing_yet == []
    assert kinds(desk) == ["reserved"]
    assert (desk.facts[0].reserve_on, desk.facts[0].expires_at) == ("paid", None)


def test_one_line_that_is_reserved_when_placed_decides_for_the_order() -> None:
    desk = a_desk({("main", "tea"): 5, ("main", "cup"): 5}, tea={"s1": Terms(reserve_on="paid")})

    place(desk, asked(("tea", 1), ("cup", 1)))

    assert len(desk.facts[0].lines) == 2


def test_campaigns_wait_thirty_minutes_and_cash_on_delivery_does_not_expire() -> None:
    desk = a_desk({("main", "tea"): 5})

    place(desk, asked(("tea", 1), order="a", is_campaign=True))
    place(desk, asked(("tea", 1), order="b", is_cod=True))

    assert [fact.expires_at for fact in desk.facts] == [T0 + timedelta(minutes=30), None]
    assert desk.reservations["rsv_b"].status is Status.CONFIRMED


def test_goods_that_are_not_kept_here_cannot_run_out() -> None:
    desk = a_desk({("main", "tea"): 5})

    place(desk, asked(("strange", 7), order="a"))
    place(desk, asked(("strange", 7), ("tea", 1), order="b"))

    assert kinds(desk) == ["reserved"]
    assert [piece.sku for piece in desk.facts[0].lines] == ["tea"]


def test_expiry_or_payment_wins_never_both() -> None:
    desk = a_desk({("main", "tea"): 1})
    place(desk, asked(("tea", 1), order="paid"))
    pay(desk, asked(("tea", 1), order="paid"))

    assert not expire(desk, desk.reservations["rsv_paid"], T0 + 2 * HOLD)
    assert kinds(desk) == ["reserved", "confirmed"]

    late = a_desk({("main", "tea"): 1})
    place(late, asked(("tea", 1), order="late"))
    assert not expire(late, late.reservations["rsv_late"], T0 + HOLD - timedelta(seconds=1))
    assert expire(late, late.reservations["rsv_late"], T0 + HOLD)
    place(late, asked(("tea", 1), order="quick"))
    pay(late, asked(("tea", 1), order="late"))
    assert kinds(late) == ["reserved", "released", "reserved", "rejected"]
    assert late.facts[-1].reason == "expired"


def test_a_late_payment_gets_what_is_still_there() -> None:
    desk = a_desk({("main", "tea"): 1})
    place(desk, asked(("tea", 1)))
    expire(desk, desk.reservations["rsv_o1"], T0 + HOLD)

    pay(desk, asked(("tea", 1)))

    assert kinds(desk) == ["reserved", "released", "reserved"]
    assert desk.reservations["rsv_o1"].status is Status.CONFIRMED


def test_an_amended_order_gives_back_and_takes_at_the_same_moment() -> None:
    desk = a_desk({("main", "tea"): 2, ("main", "cup"): 1})
    place(desk, asked(("tea", 2)))

    amend(desk, asked(("tea", 1), ("cup", 1)))
    amend(desk, asked(("tea", 1), ("cup", 1)))

    assert kinds(desk) == ["reserved", "released", "reserved"]
    assert (counts(desk), counts(desk, "cup")) == ((2, 1), (1, 1))
    assert desk.facts[-1].expires_at == T0 + HOLD
    amend(desk, asked(("tea", 3)))
    assert kinds(desk)[-2:] == ["released", "rejected"]
    assert (counts(desk), counts(desk, "cup")) == ((2, 0), (1, 0))


def test_changed_goods_of_a_paid_order_do_not_expire() -> None:
    desk = a_desk({("main", "tea"): 2, ("main", "cup"): 1})
    place(desk, asked(("tea", 2)))
    pay(desk, asked(("tea", 2)))

    amend(desk, asked(("cup", 1), is_paid=True))

    assert desk.facts[-1].expires_at is None
    assert desk.reservations["rsv_o1"].status is Status.CONFIRMED


@pytest.mark.parametrize("shipped", [0, 1])
def test_a_cancelled_order_frees_what_did_not_leave(shipped: int) -> None:
    desk = a_desk({("main", "tea"): 3})
    place(desk, asked(("tea", 2)))
    if shipped:
        sent = Sent(store_id="s1", order_id="o1", at=T0, shipment_id="p", waybill="SF1",
                    lines=[Wanted(1, "tea", shipped)])  # fmt: skip
        issue(desk, sent)

    cancel(desk, "o1", T0, "unpaid")
    cancel(desk, "o1", T0, "unpaid")

    assert counts(desk) == (3 - shipped, 0)
    assert (kinds(desk)[-1], desk.facts[-1].reason) == ("released", "unpaid")
    assert sum(fact.kind is FactKind.RELEASED for fact in desk.facts) == 1


def test_pieces_refunded_before_they_left_are_freed_once() -> None:
    desk = a_desk({("main", "tea"): 3})
    place(desk, asked(("tea", 3)))

    for _ in range(2):
        refund(desk, "o1", T0, "ref_1", {1: 1})

    assert counts(desk) == (3, 2)
    refund(desk, "o1", T0, "ref_2", {1: 2})
    assert [fact.is_whole for fact in desk.facts[1:]] == [False, True]
    assert desk.reservations["rsv_o1"].status is Status.RELEASED


def test_a_payment_that_is_taken_back_lets_it_expire_again() -> None:
    desk = a_desk({("main", "tea"): 3})
    place(desk, asked(("tea", 3)))
    pay(desk, asked(("tea", 3)))

    unpay(desk, replace(asked(("tea", 3)), at=T0 + timedelta(days=9)))

    assert desk.facts[-1].expires_at == T0 + timedelta(days=9) + HOLD
    assert desk.reservations["rsv_o1"].status is Status.HELD


def test_what_left_without_being_set_aside_is_a_fact_and_an_oversale() -> None:
    desk = a_desk({("main", "tea"): 1})
    place(desk, asked(("tea", 1)))

    sent = Sent(store_id="s1", order_id="other", at=T0, shipment_id="p", waybill="SF1",
                lines=[Wanted(1, "tea", 1)], is_complete=True)  # fmt: skip
    issue(desk, sent)

    assert counts(desk) == (0, 1)
    [oversale] = desk.shelf.oversales
    assert (oversale.units, oversale.entry.origin.order_id) == (1, "other")


def test_a_parcel_from_another_warehouse_keeps_the_promise() -> None:
    desk = a_desk({("a", "tea"): 1, ("b", "tea"): 1})
    place(desk, asked(("tea", 1)))

    sent = Sent(store_id="s1", order_id="o1", at=T0, shipment_id="p", waybill="SF1",
                lines=[Wanted(1, "tea", 1)], warehouse_id="b", is_complete=True)  # fmt: skip
    issue(desk, sent)

    assert (counts(desk, name="a"), counts(desk, name="b")) == ((1, 0), (0, 0))


def test_another_model_that_was_sent_frees_the_one_that_was_set_aside() -> None:
    desk = a_desk({("main", "tea"): 1, ("main", "cup"): 1})
    place(desk, asked(("tea", 1)))

    sent = Sent(store_id="s1", order_id="o1", at=T0, shipment_id="p", waybill="SF1",
                lines=[Wanted(1, "cup", 1)], is_complete=True)  # fmt: skip
    issue(desk, sent)

    assert (counts(desk), counts(desk, "cup")) == ((1, 0), (0, 0))


def test_what_is_set_aside_for_a_store_is_sold_by_it_alone() -> None:
    desk = a_desk({("main", "tea"): 5}, tea={"s1": Terms(set_aside=2), "s2": Terms()})

    place(desk, asked(("tea", 4), order="a", store_id="s2"))
    place(desk, asked(("tea", 3), order="b", store_id="s2"))
    place(desk, asked(("tea", 3), order="c"))
    place(desk, asked(("tea", 2), order="d"))
    cancel(desk, "d", T0, "cancelled")
    place(desk, asked(("tea", 1), order="e"))

    assert kinds(desk) == ["rejected", "reserved", "rejected", "reserved", "released", "reserved"]
    assert desk.shelf.left_aside("s1", "tea") == 1


def test_a_checkout_becomes_the_order_it_was_for() -> None:
    desk = a_desk({("main", "tea"): 2})
    place(desk, asked(("tea", 2), order="co", external_id=None))
    checkout = replace(desk.reservations["rsv_co"], order_id=None, external_id="EXT")
    desk = Desk(desk.shelf, SKUS, desk.serving)
    desk.know(checkout)

    place(desk, asked(("tea", 2), order="o9", external_id="EXT"))

    assert kinds(desk) == ["reserved"]
    assert (desk.facts[0].order_id, desk.facts[0].reservation_id) == ("o9", "rsv_co")
    assert counts(desk) == (2, 2)
