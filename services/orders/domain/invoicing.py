"""Invoices (发票): never more than was paid, and what is unclear goes to finance first (O-R27)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    InvoiceClosedError,
    InvoiceExceedsPaidError,
    InvoiceUnclearError,
    NothingToInvoiceError,
)


class InvoiceKind(StrEnum):
    """Whom an invoice is for: a person, a company, or a company that deducts its tax (专票)."""

    PERSONAL = "personal"
    COMPANY = "company"
    SPECIAL = "special"


class Doubt(StrEnum):
    """Why a request is unclear."""

    TITLE_MISSING = "title_missing"
    TAX_NUMBER_MISSING = "tax_number_missing"
    AMOUNT_ABOVE_PAID = "amount_above_paid"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A request and what became of it; title and tax number are known here by being there."""

    invoice_id: str
    kind: InvoiceKind
    amount_minor: int
    has_title: bool
    has_tax_number: bool
    requested_at: datetime
    doubt: Doubt | None = None
    number: str | None = None
    issued_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def state(self) -> str:
        """How far it has come: unclear, requested, issued or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.issued_at is not None:
            return "issued"
        return "requested" if self.doubt is None else "unclear"

    @property
    def is_open(self) -> bool:
        """Say whether it waits to be issued."""
        return self.issued_at is None and self.withdrawn_at is None


def left_to_invoice(order: Order, others: Sequence[Invoice]) -> int:
    """Return what was paid, not refunded, and neither invoiced nor clearly asked to be."""
    taken = sum(
        each.amount_minor
        for each in others
        if each.issued_at is not None or (each.is_open and each.doubt is None)
    )
    return order.paid_minor - order.refunded_minor - taken


def judge(invoice: Invoice, order: Order, others: Sequence[Invoice]) -> Invoice:
    """Return a request with what is unclear of it, if anything is.

    Raises `NothingToInvoiceError` if no amount is asked for and none is left.
    """
    left = left_to_invoice(order, others)
    if invoice.amount_minor <= 0:
        raise NothingToInvoiceError("Nothing that was paid is left to be invoiced.")
    doubt = None
    if not invoice.has_title and invoice.kind is not InvoiceKind.PERSONAL:
        doubt = Doubt.TITLE_MISSING
    elif not invoice.has_tax_number and invoice.kind is not InvoiceKind.PERSONAL:
        doubt = Doubt.TAX_NUMBER_MISSING
    elif invoice.amount_minor > left:
        doubt = Doubt.AMOUNT_ABOVE_PAID
    return replace(invoice, doubt=doubt)


def demand_open(invoice: Invoice) -> None:
    """Raise `InvoiceClosedError` if it is issued or withdrawn."""
    if not invoice.is_open:
        raise InvoiceClosedError("The invoice is issued or withdrawn already.")


def issue(
    invoice: Invoice, order: Order, others: Sequence[Invoice], *, number: str, at: datetime
) -> Invoice:
    """Return an invoice that is written; the same number told again changes nothing.

    Raises `InvoiceClosedError`, `InvoiceUnclearError`, `InvoiceExceedsPaidError`.
    """
    if invoice.issued_at is not None and invoice.number == number:
        return invoice
    demand_open(invoice)
    if invoice.doubt is not None:
        detail = "The request is unclear; finance clears it first."
        raise InvoiceUnclearError(detail, doubt=invoice.doubt)
    issued = sum(each.amount_minor for each in others if each.issued_at is not None)
    if issued + invoice.amount_minor > order.paid_minor - order.refunded_minor:
        detail = "All invoices together would be more than was paid and not refunded."
        raise InvoiceExceedsPaidError(detail)
    return replace(invoice, number=number, issued_at=at)
