"""Waybills and picking lists of many orders, as PDF or CSV."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Response, Security

from services.orders.documents.labels import draw_labels
from services.orders.documents.picking import Picked, draw_picking_list
from services.orders.documents.tables import label_table, pick_table
from services.orders.repository.documents import documents_of
from services.orders.routes.showing import Personal
from services.orders.schemas.documents import DocumentView, Wanted
from services.orders.usecases.changing import show_order
from services.orders.usecases.printing_documents import Clerk, print_picking_list, print_waybills
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Printer = Annotated[Caller, Security(require("shipments:write"))]
Reader = Annotated[Caller, Security(require("orders:read"))]

_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}


@router.post("/v1/orders:waybills", responses=_FILES, response_class=Response)
async def make_waybills(
    wanted: Wanted, session: SessionDep, caller: Printer, personal: Personal
) -> Response:
    """Print waybills (发货单): a page for each parcel, in the order of work. No step is taken."""
    labels = await print_waybills(session, wanted, Clerk(caller, personal, utc_now()))
    make = draw_labels if wanted.format == "pdf" else label_table
    return _file(await asyncio.to_thread(make, labels), wanted, "waybills", "发货单")


@router.post("/v1/orders:picking-list", responses=_FILES, response_class=Response)
async def make_picking_list(
    wanted: Wanted, session: SessionDep, caller: Printer, personal: Personal
) -> Response:
    """Print a picking list (配货单): pieces per SKU, and the orders they are for."""
    made = await print_picking_list(session, wanted, Clerk(caller, personal, utc_now()))
    if wanted.format == "csv":
        return _file(pick_table(made.picks), wanted, "picking-list", "配货单")
    listed = [
        Picked(order.external_id, sum(order.remaining().values()), order.urgent_at is not None)
        for order in made.orders
    ]
    file = await asyncio.to_thread(draw_picking_list, made.picks, listed, made.printed_at)
    return _file(file, wanted, "picking-list", "配货单")


@router.get("/v1/orders/{order_id}/documents")
async def list_documents(order_id: str, session: SessionDep, caller: Reader) -> list[DocumentView]:
    """List which documents of an order were printed, and how often."""
    await show_order(session, order_id, caller)
    return [DocumentView.model_validate(row) for row in await documents_of(session, order_id)]


def _file(content: bytes, wanted: Wanted, name: str, zh: str) -> Response:
    names = f"filename=\"{name}.{wanted.format}\"; filename*=UTF-8''{quote(zh)}.{wanted.format}"
    headers = {"Content-Disposition": f"attachment; {names}", "Cache-Control": "no-store"}
    return Response(content, media_type=_MEDIA[wanted.format], headers=headers)
