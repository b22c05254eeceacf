"""Bodies and views of invoices."""

from typing import Annotated

from pydantic import BaseModel, Field, Strict

from services.orders.domain.invoicing import Doubt, InvoiceKind
from services.orders.schemas.new_order import Happened, OrderBody, Word
from services.orders.schemas.parts import Moment as ShownMoment
from shared.web.bodies import PositiveMoney

Kind = Annotated[InvoiceKind, Strict(strict=False)]


class InvoiceRequest(Happened):
    """What the buyer wants; without an amount all that was paid and is not invoiced yet."""

    kind: Kind = InvoiceKind.PERSONAL
    title: Word | None = None
    tax_number: Word | None = None
    amount: PositiveMoney | None = None


class InvoiceClearing(OrderBody):
    """What finance found out about an unclear request; what is left out stays."""

    kind: Kind | None = None
    title: Word | None = None
    tax_number: Word | None = None
    amount: PositiveMoney | None = None


class InvoiceIssue(Happened):
    """That the invoice is written, under this number."""

    number: Word


class InvoiceView(BaseModel):
    """An invoice: `state` is unclear, requested, issued or withdrawn.

    Title and tax number are masked without the scope pii:read, but for finance, who writes them.
    """

    invoice_id: str
    order_id: str
    store_id: str
    kind: InvoiceKind
    state: str
    doubt: Doubt | None
    title: str | None
    tax_number: str | None
    amount: str
    currency: str
    requested_at: ShownMoment
    number: str | None
    issued_at: ShownMoment | None
    withdrawn_at: ShownMoment | None


class InvoiceAnswer(BaseModel):
    """An invoice after a request, and what the request did."""

    invoice: InvoiceView
    outcome: str
    receipt: str = Field(description="of the order's last event")
