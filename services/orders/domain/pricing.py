"""Changes of price and freight by staff before payment (改价), inside a ceiling (O-R28, O-R29)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Amended
from services.orders.domain.moves import Condition
from services.orders.domain.order import Incoming, Order
from services.orders.domain.parts import Line, PriceChange, Terms
from services.orders.domain.refusals import AmendAfterPaymentError
from services.orders.domain.stepping import demand_free
from shared.kernel.money import format_minor
from shared.kernel.refusals import ForbiddenError


class DiscountAboveCeilingError(ForbiddenError):
    """All that staff took off the order together would be more than the caller may."""

    kind = "discount-above-ceiling"


class Bargain(NamedTuple):
    """Who changes a price and why; `ceiling` is the share they may take off, None for any."""

    staff: str
    reason: str
    ceiling: Decimal | None
    pointer: str
    is_until_audited: bool = False


def terms_of(order: Order) -> Terms:
    """Return what an order costs."""
    return Terms(tuple(order.lines), order.postage_minor, order.discount_minor, order.total_minor)


def change_price(changes: Changes, wanted: Terms, at: datetime, bargain: Bargain) -> None:
    """Give an unpaid order another price; the same price again changes nothing.

    Freight counts like goods: both together stay within the ceiling, measured from what the order
    would cost at the price of its source. A higher price than before is always legal. Raises
    `AmendAfterPaymentError`, `IllegalMoveError`, `OrderHeldError`, `DiscountAboveCeilingError`.
    """
    order = changes.order
    before = terms_of(order)
    if wanted == before:
        return
    demand_free(changes)
    if order.paid_minor or order.paid_at is not None or order.shipments:
        detail = "Price and postage cannot change once money came in or a parcel left."
        raise AmendAfterPaymentError(detail, pointer=bargain.pointer)
    changes.allow("reprice", *((Condition.UNTIL_AUDITED,) if bargain.is_until_audited else ()))
    original = order.original or before
    if wanted.total_minor < before.total_minor:
        _demand_ceiling(original, wanted, bargain, order.currency)
    put_terms(changes, wanted)
    order.original = original
    changes.has_new_work = changes.has_new_details = True
    changes.price_changes.append(
        PriceChange(
            at,
            bargain.staff,
            bargain.reason,
            goods_minor=before.goods_minor - wanted.goods_minor,
            postage_minor=before.postage_minor - wanted.postage_minor,
            total_before_minor=before.total_minor,
            total_after_minor=wanted.total_minor,
            original_total_minor=original.total_minor,
        )
    )
    changes.state(
        Amended(
            at,
            previous_lines=before.lines,
            previous_total_minor=before.total_minor,
            previous_province=order.buyer.province,
            staff=bargain.staff,
            reason=bargain.reason,
        )
    )


def put_terms(changes: Changes, terms: Terms) -> None:
    """Let an order cost this."""
    order = changes.order
    changes.has_new_lines = list(terms.lines) != order.lines
    order.lines = list(terms.lines)
    order.postage_minor = terms.postage_minor
    order.discount_minor = terms.discount_minor
    order.total_minor = terms.total_minor


def forget_changes(changes: Changes) -> None:
    """Let a new price of the source be the one from which the next change is measured."""
    if changes.order.original is not None:
        changes.order.original = None
        changes.supersedes_prices = changes.has_new_work = True


def holds_against(order: Order, told: Incoming, lines: Sequence[Line]) -> bool:
    """Say whether a price that staff gave holds against what the source tells.

    `lines` are those that it tells, in the models that were swapped here. A source that repeats
    what the order cost before does not know of the change, and leaves it; but if it tells that just
    so much was paid, the change never reached the buyer.
    """
    original = order.original
    if original is None:
        return False
    if told.lines and original.lines not in (tuple(told.lines), tuple(lines)):
        return False
    sums = (told.postage_minor, told.discount_minor, told.total_minor)
    if sums != (original.postage_minor, original.discount_minor, original.total_minor):
        return False
    paid_minor = sum(payment.amount_minor for payment in told.payments)
    is_paid_so = bool(told.payments) and paid_minor == told.total_minor
    return not is_paid_so or told.total_minor == order.total_minor


def _demand_ceiling(original: Terms, wanted: Terms, bargain: Bargain, currency: str) -> None:
    if bargain.ceiling is None:
        return
    allowed = int(original.total_minor * bargain.ceiling)  # a part of a cent is not the agent's
    asked = original.total_minor - wanted.total_minor
    if asked <= allowed:
        return
    texts = {
        "allowed": format_minor(allowed, currency),
        "asked": format_minor(asked, currency),
        "original_total": format_minor(original.total_minor, currency),
    }
    raise DiscountAboveCeilingError(
        f"You may take {texts['allowed']} {currency} off this order in all, not {texts['asked']}.",
        pointer=bargain.pointer,
        **texts,
    )
