"""Invoices (发票), and the queue of those that finance has to write or to clear."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Security

from services.orders.domain.reconciling import Outcome
from services.orders.repository.invoices import (
    REQUESTED_ORDER,
    StoredInvoice,
    invoices_of,
    list_invoices,
    waiting_invoices,
)
from services.orders.repository.receipts import receipt_of
from services.orders.routes.showing import Answering, Personal
from services.orders.schemas.invoices import (
    InvoiceAnswer,
    InvoiceClearing,
    InvoiceIssue,
    InvoiceRequest,
    InvoiceView,
)
from services.orders.schemas.new_order import Happened
from services.orders.schemas.parts import mask
from services.orders.usecases import invoicing
from services.orders.usecases.changing import show_order
from services.orders.usecases.invoicing import Invoiced
from services.orders.usecases.searching import PII
from shared.crypto import PersonalData
from shared.kernel.clock import utc_now
from shared.kernel.money import format_minor
from shared.registry.stores import find_stores
from shared.web.callers import Caller, require
from shared.web.pages import Page, PageQuery, Position, cut_page, next_page
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["invoices"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Writer = Annotated[Caller, Security(require("orders:amend"))]
Finance = Annotated[Caller, Security(require("payments:correct"))]


class QueueQuery(PageQuery):
    """Whose invoices wait: `is_unclear` those for finance to clear, or to write."""

    stores: str | None = None
    is_unclear: bool | None = None


class InvoiceDesk(Answering):
    """Changes invoices for a caller and answers what they are then."""

    async def change(
        self, order_id: str, invoice_id: str, act: invoicing.Act, caller: Caller
    ) -> InvoiceAnswer:
        """Change an invoice."""
        done = await invoicing.change_invoice(
            self._session, order_id, invoice_id, act, caller=caller
        )
        return self.answer_invoice(done, caller)

    async def request(self, order_id: str, body: InvoiceRequest, caller: Caller) -> InvoiceAnswer:
        """Ask for an invoice."""
        self.demand_key()
        done = await invoicing.request_invoice(
            self._session, order_id, body, utc_now(), caller=caller, personal=self._personal
        )
        return self.answer_invoice(done, caller)

    def answer_invoice(self, done: Invoiced, caller: Caller) -> InvoiceAnswer:
        """Return what became of an invoice."""
        if done.outcome is Outcome.UNCHANGED:
            self._response.status_code = 200
        return InvoiceAnswer(
            invoice=_view(done.stored, done.currency, caller, self._personal),
            outcome=done.outcome,
            receipt=receipt_of(done.stored.order_id, done.event_id),
        )

    @property
    def personal(self) -> PersonalData:
        """What seals buyers' data."""
        return self._personal


AtDesk = Annotated[InvoiceDesk, Depends()]


@router.post("/v1/orders/{order_id}/invoices", status_code=201)
async def request_invoice(
    order_id: str, body: InvoiceRequest, desk: AtDesk, caller: Writer
) -> InvoiceAnswer:
    """Ask for an invoice; what is unclear of it goes to finance."""
    return await desk.request(order_id, body, caller)


@router.post("/v1/orders/{order_id}/invoices/{invoice_id}/clearing")
async def clear_invoice(
    order_id: str, invoice_id: str, body: InvoiceClearing, desk: AtDesk, caller: Finance
) -> InvoiceAnswer:
    """Add what was unclear of a request."""
    act = invoicing.clear(body, desk.personal)
    return await desk.change(order_id, invoice_id, act, caller)


@router.post("/v1/orders/{order_id}/invoices/{invoice_id}/issue")
async def issue_invoice(
    order_id: str, invoice_id: str, body: InvoiceIssue, desk: AtDesk, caller: Finance
) -> InvoiceAnswer:
    """Say that an invoice is written."""
    return await desk.change(order_id, invoice_id, invoicing.issue(body, utc_now()), caller)


@router.post("/v1/orders/{order_id}/invoices/{invoice_id}/withdrawal")
async def withdraw_invoice(
    order_id: str, invoice_id: str, desk: AtDesk, caller: Writer, body: Happened | None = None
) -> InvoiceAnswer:
    """Take a request back that is not written yet."""
    at = utc_now() if body is None or body.at is None else body.at
    return await desk.change(order_id, invoice_id, invoicing.withdraw(at), caller)


@router.get("/v1/orders/{order_id}/invoices")
async def list_invoices_of(
    order_id: str, session: SessionDep, caller: Reader, personal: Personal
) -> list[InvoiceView]:
    """List the invoices of an order."""
    order = (await show_order(session, order_id, caller)).order
    found = await invoices_of(session, order_id)
    return [_view(stored, order.currency, caller, personal) for stored in found]


@router.get("/v1/worklists/invoices")
async def show_queue(
    query: Annotated[QueueQuery, Query()], session: SessionDep, caller: Reader, personal: Personal
) -> Page[InvoiceView]:
    """List the invoices that wait, the oldest request first."""
    stores = caller.limit(None if query.stores is None else query.stores.split(","))
    statement = waiting_invoices(stores, is_unclear=query.is_unclear)
    found = await list_invoices(session, next_page(statement, REQUESTED_ORDER, query))

    def position_of(stored: StoredInvoice) -> Position:
        return Position(stored.invoice.requested_at, stored.invoice.invoice_id)

    page, cursor = cut_page(found, query.limit, position_of)
    known = await find_stores(session, {stored.store_id for stored in page})
    views = [_view(each, known[each.store_id].currency, caller, personal) for each in page]
    return Page(items=views, next_cursor=cursor)


def _view(
    stored: StoredInvoice, currency: str, caller: Caller, personal: PersonalData
) -> InvoiceView:
    invoice = stored.invoice
    return InvoiceView(
        invoice_id=invoice.invoice_id,
        order_id=stored.order_id,
        store_id=stored.store_id,
        kind=invoice.kind,
        state=invoice.state,
        doubt=invoice.doubt,
        title=_shown(stored.title, caller, personal),
        tax_number=_shown(stored.tax_number, caller, personal),
        amount=format_minor(invoice.amount_minor, currency),
        currency=currency,
        requested_at=invoice.requested_at,
        number=invoice.number,
        issued_at=invoice.issued_at,
        withdrawn_at=invoice.withdrawn_at,
    )


def _shown(sealed: bytes | None, caller: Caller, personal: PersonalData) -> str | None:
    if sealed is None:
        return None
    text = personal.open(sealed)
    return text if caller.may(PII) or caller.may("payments:correct") else mask("name", text)
