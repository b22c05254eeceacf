"""Invoices as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.invoicing import Doubt, Invoice, InvoiceKind
from services.orders.tables.invoices import WAITING, InvoiceRow
from services.orders.tables.rows import Row
from shared.db.bulk import insertion

invoices = Row.metadata.tables[InvoiceRow.__tablename__]

REQUESTED_ORDER = (invoices.c.requested_at, invoices.c.invoice_id)
"""Moment and id by which the queue stands."""

_COLUMNS = (
    "invoice_id",
    "order_id",
    "store_id",
    "kind",
    "title",
    "tax_number",
    "amount_minor",
    "doubt",
    "requested_at",
    "number",
    "issued_at",
    "withdrawn_at",
)
_kept = ", ".join(
    f"{name} = EXCLUDED.{name}" for name in _COLUMNS if name not in {"invoice_id", "order_id"}
)
_PUT = insertion(invoices, _COLUMNS, suffix=f"ON CONFLICT (invoice_id) DO UPDATE SET {_kept}")
_OF_ORDER = text("""
    SELECT * FROM invoices WHERE order_id = :order_id ORDER BY requested_at, invoice_id
""")
_COUNT = text(f"""
    SELECT store_id, doubt IS NOT NULL, count(*) FROM invoices WHERE {WAITING} GROUP BY 1, 2
""")  # noqa: S608 - a condition of our own


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with its order and its sealed words."""

    invoice: Invoice
    order_id: str
    store_id: str
    title: bytes | None
    tax_number: bytes | None

    def with_invoice(self, invoice: Invoice) -> "StoredInvoice":
        """Return it after a change of what the rules know of it."""
        return replace(self, invoice=invoice)


async def put_invoice(session: AsyncSession, stored: StoredInvoice) -> None:
    """Store an invoice of a locked order, new or changed."""
    invoice = stored.invoice
    row = (
        invoice.invoice_id,
        stored.order_id,
        stored.store_id,
        invoice.kind.value,
        stored.title,
        stored.tax_number,
        invoice.amount_minor,
        invoice.doubt,
        invoice.requested_at,
        invoice.number,
        invoice.issued_at,
        invoice.withdrawn_at,
    )
    await _PUT.run(session, [row])


async def invoices_of(session: AsyncSession, order_id: str) -> list[StoredInvoice]:
    """Return the invoices of an order in the order they were asked for."""
    rows = await session.execute(_OF_ORDER, {"order_id": order_id})
    return [stored_of(row) for row in rows.mappings()]


def waiting_invoices(
    stores: Sequence[str] | None, *, is_unclear: bool | None
) -> Select[tuple[Any, ...]]:
    """Return the statement that lists invoices still to be written, in no order yet."""
    columns = invoices.c
    statement = select(invoices).where(text(WAITING))
    if stores is not None:
        statement = statement.where(columns.store_id.in_(stores))
    if is_unclear is not None:
        unclear = columns.doubt.is_not(None)
        statement = statement.where(unclear if is_unclear else ~unclear)
    return statement


async def list_invoices(
    session: AsyncSession, statement: Select[tuple[Any, ...]]
) -> list[StoredInvoice]:
    """Return the invoices of a list."""
    return [stored_of(row) for row in (await session.execute(statement)).mappings()]


async def count_waiting(session: AsyncSession) -> list[tuple[str, bool, int]]:
    """Return store, whether unclear, and how many invoices wait."""
    return [(row[0], row[1], row[2]) for row in await session.execute(_COUNT)]


def stored_of(row: RowMapping) -> StoredInvoice:
    """Return the invoice of a row."""
    invoice = Invoice(
        invoice_id=row["invoice_id"],
        kind=InvoiceKind(row["kind"]),
        amount_minor=row["amount_minor"],
        has_title=row["title"] is not None,
        has_tax_number=row["tax_number"] is not None,
        requested_at=row["requested_at"],
        doubt=None if row["doubt"] is None else Doubt(row["doubt"]),
        number=row["number"],
        issued_at=row["issued_at"],
        withdrawn_at=row["withdrawn_at"],
    )
    return StoredInvoice(invoice, row["order_id"], row["store_id"], row["title"], row["tax_number"])
