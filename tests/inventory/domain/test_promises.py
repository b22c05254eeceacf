"""Whatever happens to orders in whatever order: what is promised is what the books say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.inventory.domain.desk import Desk
from services.inventory.domain.holding import expire
from services.inventory.domain.issuing import Sent, issue
from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.reservations import Reservation, Status
from services.inventory.domain.reserving import amend, cancel, pay, place, refund, unpay
from services.inventory.domain.shelf import Terms
from tests.support.desks import HOLD, T0, a_desk, asked

_ORDERS = st.sampled_from(["o1", "o2", "o3"])
_GOODS = st.lists(
    st.tuples(st.sampled_from(["tea", "cup", "set", "duo", "strange"]), st.integers(1, 3)),
    min_size=1,
    max_size=3,
)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["place", "pay", "unpay", "amend", "change", "cancel", "refund", "expire", "ship"]
        ),
        _ORDERS,
        _GOODS,
    ),
    max_size=25,
)


@settings(max_examples=150)
@given(_STEPS, st.integers(0, 6), st.integers(0, 6), st.booleans())
def test_promises_are_kept_books_whatever_happens(
    steps: Sequence[tuple[str, str, list[tuple[str, int]]]], tea: int, cup: int, has_aside: bool
) -> None:
    """Others' reserved quantities drift and turn negative: odoo/odoo#62139, medusa#12401."""
    terms = {"tea": {"s1": Terms(set_aside=2)}} if has_aside else {}
    desk = a_desk({("main", "tea"): tea, ("far", "tea"): 1, ("main", "cup"): cup}, **terms)
    has_shipped = False
    for number, (step, order, goods) in enumerate(steps):
        has_shipped |= step == "ship"
        _do(desk, step, order, goods, number)
        _look(desk, has_shipped=has_shipped)


def _do(desk: Desk, step: str, order: str, goods: list[tuple[str, int]], number: int) -> None:
    at = T0 + timedelta(hours=number)
    words = replace(asked(*goods, order=order), at=at)
    if step in {"place", "pay", "unpay", "amend"}:
        {"place": place, "pay": pay, "unpay": unpay, "amend": amend}[step](desk, words)
    elif step == "change":
        amend(desk, replace(words, is_paid=True))
    elif step == "cancel":
        cancel(desk, order, at, "cancelled")
    elif step == "refund":
        refund(desk, order, at, f"ref_{number}", {1: goods[0][1]})
    elif step == "expire":
        for each in desk.reservations.values():
            expire(desk, each, at + HOLD)
    else:
        found = desk.of_order(order)
        lines = list(words.wanted) if found is None else list(found.wanted)
        issue(desk, Sent(store_id="s1", order_id=order, at=at, shipment_id=f"p{number}",
                         waybill="SF", lines=lines[:2]))  # fmt: skip


def _look(desk: Desk, *, has_shipped: bool) -> None:
    promised: dict[Key, int] = {}
    for each in desk.reservations.values():
        assert each.has_open <= (each.status in {Status.HELD, Status.CONFIRMED})
        _look_at(each)
        for line in each.lines:
            for part in line.parts:
                key = Key(part.warehouse_id, part.sku)
                promised[key] = promised.get(key, 0) + part.open
    for key, level in desk.shelf.levels.items():
        assert level.reserved == promised.get(key, 0), "what is promised is what is reserved"
        assert level.available >= 0 or has_shipped, "only a fact oversells"
        booked = sum(
            e.quantity for e in desk.shelf.entries if (e.key, e.bucket) == (key, Bucket.RESERVED)
        )
        assert level.reserved == booked, "and what the ledger says"


def _look_at(reservation: Reservation) -> None:
    for line in reservation.lines:
        for part in line.parts:
            assert part.open >= 0
            assert part.issued >= 0
