"""Notes, flags and urgent marks."""

from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel

from services.orders.domain.parts import Note
from services.orders.repository.notes import notes_of
from services.orders.routes.showing import Personal
from services.orders.routes.working import AtBench
from services.orders.schemas.parts import Moment
from services.orders.schemas.steps import NoteBody, Reasoned
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases import noting
from services.orders.usecases.changing import show_order
from services.orders.usecases.searching import PII
from shared.crypto import PersonalData
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["notes"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Writer = Annotated[Caller, Security(require("orders:amend"))]


class NoteView(BaseModel):
    """A note; `kind` is free, checked, verified, address, attribute or special, `flag` is its own.

    What names the buyer is left out of its text for callers without the scope pii:read.
    """

    at: Moment
    staff: str
    kind: str
    text: str
    flag: str | None


@router.post("/v1/orders/{order_id}/notes", status_code=201)
async def write_note(order_id: str, body: NoteBody, bench: AtBench, caller: Writer) -> OrderAnswer:
    """Write a note (备注) in the store's format, and set a flag (插旗) if one is named."""
    bench.demand_key()
    work = noting.write_note(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "order.noted")


@router.get("/v1/orders/{order_id}/notes")
async def list_notes(
    order_id: str, session: SessionDep, caller: Reader, personal: Personal
) -> list[NoteView]:
    """List the notes of an order in the order they were written."""
    await show_order(session, order_id, caller)
    return [_view(note, caller, personal) for note in await notes_of(session, order_id)]


def _view(note: Note, caller: Caller, personal: PersonalData) -> NoteView:
    is_whole = note.sealed is not None and caller.may(PII)
    text = personal.open(note.sealed) if note.sealed is not None and is_whole else note.text
    return NoteView(at=note.at, staff=note.staff, kind=note.kind, text=text, flag=note.flag)


@router.post("/v1/orders/{order_id}/urgent-mark")
async def mark_urgent(order_id: str, body: Reasoned, bench: AtBench, caller: Writer) -> OrderAnswer:
    """Mark an order urgent (加急): the warehouse is to pick and ship it first."""
    work = noting.mark_urgent(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "order.marked_urgent")
