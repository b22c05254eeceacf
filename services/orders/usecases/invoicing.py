"""Invoices of one order: asked for, cleared by finance, written, withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import invoicing
from services.orders.domain.invoicing import Invoice
from services.orders.domain.order import Order
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import InvoiceUnknownError
from services.orders.messages.repeated import common_of
from services.orders.repository.invoices import StoredInvoice, invoices_of, put_invoice
from services.orders.repository.receipts import last_events
from services.orders.repository.writing import insert_receipts
from services.orders.schemas.incoming import Money
from services.orders.schemas.invoices import InvoiceClearing, InvoiceIssue, InvoiceRequest
from services.orders.usecases.changing import show_order
from shared.audit import record_change
from shared.contracts.envelope import Event
from shared.contracts.orders_cases import InvoiceIssued, InvoiceRequested
from shared.crypto import PersonalData
from shared.kernel.ids import new_id
from shared.log.writer import state
from shared.registry.stores import find_stores
from shared.web.callers import Caller

Act = Callable[[Order, StoredInvoice, Sequence[Invoice]], StoredInvoice]
"""Changes an invoice of a locked order beside its other invoices, or refuses."""


@dataclass(frozen=True, slots=True)
class Invoiced:
    """An invoice after a request, its order's currency, and the last event of the order."""

    outcome: Outcome
    stored: StoredInvoice
    currency: str
    event_id: int


async def request_invoice(
    session: AsyncSession,
    order_id: str,
    body: InvoiceRequest,
    now: datetime,
    *,
    caller: Caller,
    personal: PersonalData,
) -> Invoiced:
    """Ask for an invoice; an unclear request is kept and waits for finance.

    Raises `OrderUnknownError`, `NothingToInvoiceError`, `AmountInvalidError`.
    """
    order = (await show_order(session, order_id, caller, is_locked=True)).order
    others = [each.invoice for each in await invoices_of(session, order_id)]
    amount = invoicing.left_to_invoice(order, others)
    if body.amount is not None:
        amount = Money(order.currency).minor(body.amount, "/amount")
    invoice = Invoice(
        invoice_id=new_id("inv"),
        kind=body.kind,
        amount_minor=amount,
        has_title=body.title is not None,
        has_tax_number=body.tax_number is not None,
        requested_at=body.at or now,
    )
    stored = StoredInvoice(
        invoicing.judge(invoice, order, others),
        order_id,
        order.store_id,
        _seal(personal, body.title),
        _seal(personal, body.tax_number),
    )
    return await _store(session, order, None, stored, caller=caller)


async def change_invoice(
    session: AsyncSession, order_id: str, invoice_id: str, act: Act, *, caller: Caller
) -> Invoiced:
    """Let `act` change an invoice of an order; what changes nothing leaves it as it is.

    Raises `OrderUnknownError`, `InvoiceUnknownError` and the refusals of `act`.
    """
    order = (await show_order(session, order_id, caller, is_locked=True)).order
    every = {each.invoice.invoice_id: each for each in await invoices_of(session, order_id)}
    before = every.pop(invoice_id, None)
    if before is None:
        raise InvoiceUnknownError(f"The order has no invoice {invoice_id}.")
    after = act(order, before, [each.invoice for each in every.values()])
    if after == before:
        events = await last_events(session, [order_id])
        return Invoiced(Outcome.UNCHANGED, before, order.currency, events[order_id])
    return await _store(session, order, before, after, caller=caller)


def clear(body: InvoiceClearing, personal: PersonalData) -> Act:
    """Add what finance found out, and judge the request anew."""

    def act(order: Order, stored: StoredInvoice, others: Sequence[Invoice]) -> StoredInvoice:
        invoicing.demand_open(stored.invoice)
        amount = stored.invoice.amount_minor
        if body.amount is not None:
            amount = Money(order.currency).minor(body.amount, "/amount")
        invoice = replace(
            stored.invoice,
            kind=body.kind or stored.invoice.kind,
            amount_minor=amount,
            has_title=stored.invoice.has_title or body.title is not None,
            has_tax_number=stored.invoice.has_tax_number or body.tax_number is not None,
        )
        return replace(
            stored,
            invoice=invoicing.judge(invoice, order, others),
            title=_seal(personal, body.title) or stored.title,
            tax_number=_seal(personal, body.tax_number) or stored.tax_number,
        )

    return act


def issue(body: InvoiceIssue, now: datetime) -> Act:
    """Note that an invoice is written."""

    def act(order: Order, stored: StoredInvoice, others: Sequence[Invoice]) -> StoredInvoice:
        at = body.at or now
        issued = invoicing.issue(stored.invoice, order, others, number=body.number, at=at)
        return stored.with_invoice(issued)

    return act


def withdraw(now: datetime) -> Act:
    """Take a request back that is not written yet; once."""

    def act(_: Order, stored: StoredInvoice, __: Sequence[Invoice]) -> StoredInvoice:
        if stored.invoice.withdrawn_at is not None:
            return stored
        invoicing.demand_open(stored.invoice)
        return stored.with_invoice(replace(stored.invoice, withdrawn_at=now))

    return act


async def _store(
    session: AsyncSession,
    order: Order,
    before: StoredInvoice | None,
    after: StoredInvoice,
    *,
    caller: Caller,
) -> Invoiced:
    await put_invoice(session, after)
    event = await _event(session, order, before, after)
    ids = await state(session, *([] if event is None else [event]))
    await insert_receipts(session, [(order.order_id, event_id) for event_id in ids])
    await record_change(
        session,
        caller=caller.name,
        action=_action(before, after),
        subject=order.order_id,
        store_id=order.store_id,
        before=None if before is None else _summary(before.invoice),
        after=_summary(after.invoice),
    )
    last = ids[-1] if ids else (await last_events(session, [order.order_id]))[order.order_id]
    outcome = Outcome.CREATED if before is None else Outcome.UPDATED
    return Invoiced(outcome, after, order.currency, last)


async def _event(
    session: AsyncSession, order: Order, before: StoredInvoice | None, after: StoredInvoice
) -> Event | None:
    stores = await find_stores(session, [order.store_id])
    invoice = after.invoice
    common = {
        **common_of(order, stores[order.store_id].calendar),
        "invoice_id": invoice.invoice_id,
        "amount_minor": invoice.amount_minor,
    }
    if before is None:
        is_unclear = invoice.doubt is not None
        return InvoiceRequested(**common, occurred_at=invoice.requested_at, is_unclear=is_unclear)
    if invoice.issued_at is not None:
        return InvoiceIssued(
            **common, occurred_at=invoice.issued_at, requested_at=invoice.requested_at
        )
    return None


def _action(before: StoredInvoice | None, after: StoredInvoice) -> str:
    if before is None:
        return "invoice.requested"
    if after.invoice.withdrawn_at is not None:
        return "invoice.withdrawn"
    return "invoice.cleared" if after.invoice.issued_at is None else "invoice.issued"


def _summary(invoice: Invoice) -> dict[str, str | int | None]:
    return {
        "invoice_id": invoice.invoice_id,
        "kind": invoice.kind,
        "amount_minor": invoice.amount_minor,
        "doubt": invoice.doubt,
        "number": invoice.number,
    }


def _seal(personal: PersonalData, word: str | None) -> bytes | None:
    return None if word is None else personal.seal(word)
