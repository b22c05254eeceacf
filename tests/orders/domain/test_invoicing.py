"""Invoices never say more than was paid, and what is unclear waits."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.orders.domain.invoicing import Doubt, Invoice, InvoiceKind, issue, judge
from services.orders.domain.order import Order
from services.orders.domain.parts import Payment, Refund
from services.orders.domain.refusals import (
    InvoiceClosedError,
    InvoiceExceedsPaidError,
    InvoiceUnclearError,
    NothingToInvoiceError,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)


def an_order(paid: int = 1000, refunded: int = 0) -> Order:
    order = Order("ord_1", "s1", "A-1", "normal", "CNY", AT, 0, 0, 1000)
    order.payments = [Payment("1", paid, paid, AT)]
    if refunded:
        order.refunds = [Refund("1", refunded, AT, approved_at=AT, paid_at=AT)]
    return order


def an_invoice(amount: int = 1000, **values: Any) -> Invoice:
    told = {"has_title": True, "has_tax_number": True, **values}
    return Invoice("inv_1", told.pop("kind", InvoiceKind.COMPANY), amount, requested_at=AT, **told)


ISSUED = an_invoice(600, number="N-0", issued_at=AT)


@pytest.mark.parametrize(
    ("invoice", "others", "doubt"),
    [
        (an_invoice(), [], None),
        (an_invoice(kind=InvoiceKind.PERSONAL, has_title=False, has_tax_number=False), [], None),
        (an_invoice(has_title=False), [], Doubt.TITLE_MISSING),
        (an_invoice(kind=InvoiceKind.SPECIAL, has_tax_number=False), [], Doubt.TAX_NUMBER_MISSING),
        (an_invoice(1001), [], Doubt.AMOUNT_ABOVE_PAID),
        (an_invoice(401), [ISSUED], Doubt.AMOUNT_ABOVE_PAID),
        (an_invoice(400), [ISSUED], None),
        (an_invoice(401), [an_invoice(600)], Doubt.AMOUNT_ABOVE_PAID),
        (an_invoice(1000), [an_invoice(600, doubt=Doubt.TITLE_MISSING)], None),
        (an_invoice(1000), [an_invoice(600, withdrawn_at=AT)], None),
    ],
)
def test_request_is_judged(invoice: Invoice, others: list[Invoice], doubt: Doubt | None) -> None:
    assert judge(invoice, an_order(), others).doubt is doubt


def test_nothing_is_asked_for_where_nothing_is_left() -> None:
    with pytest.raises(NothingToInvoiceError):
        judge(an_invoice(0), an_order(paid=0), [])


def test_invoice_is_issued_once() -> None:
    issued = issue(an_invoice(), an_order(), [], number="N-1", at=AT)

    assert (issued.number, issued.state) == ("N-1", "issued")
    assert issue(issued, an_order(), [], number="N-1", at=AT) is issued
    with pytest.raises(InvoiceClosedError):
        issue(issued, an_order(), [], number="N-2", at=AT)


def test_unclear_or_withdrawn_invoice_is_not_issued() -> None:
    with pytest.raises(InvoiceUnclearError):
        issue(an_invoice(doubt=Doubt.TITLE_MISSING), an_order(), [], number="N-1", at=AT)
    with pytest.raises(InvoiceClosedError):
        issue(an_invoice(withdrawn_at=AT), an_order(), [], number="N-1", at=AT)


def test_never_more_is_invoiced_than_was_paid_and_kept() -> None:
    both = [replace(ISSUED, amount_minor=500)]
    with pytest.raises(InvoiceExceedsPaidError):
        issue(an_invoice(500), an_order(refunded=1), both, number="N-1", at=AT)

    assert issue(an_invoice(500), an_order(), both, number="N-1", at=AT).number == "N-1"
