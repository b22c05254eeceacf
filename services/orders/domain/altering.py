"""What a buyer wants otherwise before the goods leave: where to, which model, what else (O-W4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Amended, GoodsChanged, Redirected
from services.orders.domain.moves import STEPS, Status
from services.orders.domain.parts import Buyer, Line, Wishes
from services.orders.domain.refusals import GoodsShippedError, LineUnknownError

ATTRIBUTE, ADDRESS, SPECIAL = "attribute", "address", "special"
"""Kinds of notes of a change, as stores have their templates."""

_PLACE = ("address", "province", "city")
_SINCE_PRINTING = STEPS[STEPS.index(Status.PRINTED) :]


def redirect(changes: Changes, wanted: Buyer, at: datetime, *, staff: str) -> bool:
    """Send the goods elsewhere, or to another name or phone; say whether that is another.

    What a source said before counts no more, until it says something else. Raises
    `IllegalMoveError`.
    """
    order = changes.order
    before = order.buyer
    after = before.overlaid_by(wanted)
    if after == before:
        return False
    overridden = {
        name: getattr(before, name) or ""
        for name in ("name", "phone", *_PLACE)
        if getattr(before, name) != getattr(after, name)
    }
    order.overridden = {**overridden, **order.overridden}  # the source's word, not a change of ours
    _alter(changes, at)
    order.buyer = after
    changes.has_new_details = True
    told = redirection(before, after)
    is_paid = order.paid_at is not None
    changes.state(Redirected(at, told, before.province, is_paid=is_paid, staff=staff))
    return True


def redirection(before: Buyer, after: Buyer) -> tuple[str, ...]:
    """Return what differs, as events name it: address, phone, name."""
    told = [name for name in ("phone", "name") if getattr(before, name) != getattr(after, name)]
    if any(getattr(before, name) != getattr(after, name) for name in _PLACE):
        told.insert(0, "address")
    return tuple(told)


def swap(
    changes: Changes, line_no: int, sku: str, at: datetime, *, name: str | None, staff: str
) -> Line | None:
    """Send another model of a line's goods at the same price (换款).

    Return the line as it was, None if it is that model already. Raises `LineUnknownError`,
    `GoodsShippedError`, `IllegalMoveError`.
    """
    order = changes.order
    line = order.line(line_no)
    if line is None:
        raise LineUnknownError(f"The order has no line {line_no}.", pointer="/line_no")
    if line.sku == sku:
        return None
    _alter(changes, at)
    stated = line.stated_sku if line.stated_sku is not None else line.sku
    other = replace(line, sku=sku, name=name, stated_sku=None if stated == sku else stated)
    lines = [other if each.line_no == line_no else each for each in order.lines]
    swap_lines(changes, lines, at, staff=staff)
    return line


def swap_lines(changes: Changes, lines: list[Line], at: datetime, *, staff: str | None) -> None:
    """Replace lines by others that differ in their model alone; raises `GoodsShippedError`."""
    order = changes.order
    previous, order.lines = order.lines, lines
    sent = {part.line_no for parcel in order.shipments for part in parcel.lines or ()}
    for place, (old, new) in enumerate(zip(previous, lines, strict=True)):
        if old.sku != new.sku and old.line_no in sent:
            detail = f"Pieces of line {old.line_no} have left already."
            raise GoodsShippedError(detail, pointer=f"/lines/{place}/sku")
    changes.has_new_lines = True
    if order.paid_minor == 0:
        changes.state(
            Amended(at, tuple(previous), order.total_minor, order.buyer.province, staff=staff)
        )
    else:
        changes.state(GoodsChanged(at, tuple(previous), staff))


def wish(changes: Changes, wishes: Wishes, at: datetime, *, staff: str) -> bool:
    """Take special requests (特殊要求); those not named stay. Say whether anything is another.

    Raises `IllegalMoveError`.
    """
    order = changes.order
    after = order.wishes.overlaid_by(wishes)
    told = tuple(
        name
        for name in ("courier", "invoice", "card", "delivery_time")
        if getattr(order.wishes, name) != getattr(after, name)
    )
    if not told:
        return False
    _alter(changes, at)
    order.wishes = after
    if order.carriage.courier:  # the buyer's word is newer than what was decided
        order.carriage = order.carriage.carried_by(wishes.courier)
    is_paid = order.paid_at is not None
    changes.state(Redirected(at, told, order.buyer.province, is_paid=is_paid, staff=staff))
    return True


def keep_swaps(stored: Sequence[Line], told: Sequence[Line]) -> list[Line]:
    """Return told lines with the models that were swapped here, where a source repeats its word."""
    by_number = {line.line_no: line for line in stored if line.stated_sku is not None}
    kept = []
    for line in told:
        own = by_number.get(line.line_no)
        is_repeated = own is not None and own.stated_sku == line.sku
        if own is not None and is_repeated:
            kept.append(replace(line, sku=own.sku, name=own.name, stated_sku=own.stated_sku))
        else:
            kept.append(line)
    return kept


def is_swap(before: Sequence[Line], after: Sequence[Line]) -> bool:
    """Say whether lines differ in their models alone."""
    return len(before) == len(after) and all(
        replace(new, sku=old.sku, name=old.name, stated_sku=old.stated_sku) == old
        for old, new in zip(before, after, strict=True)
    )


def _alter(changes: Changes, at: datetime) -> None:
    """Let an order be changed: what is printed of it holds no more, so it is printed anew."""
    changes.allow("change")
    order = changes.order
    for step in _SINCE_PRINTING:
        order.steps.pop(step, None)
    order.changed_at = at
    changes.has_new_work = True
