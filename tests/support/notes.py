"""A small service of notes, with which the plumbing of HTTP is tried."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response, Security
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, MetaData, Select, String, Table, select, text

from shared.db.engine import Database
from shared.kernel.refusals import ConflictError
from shared.web.bodies import Body, Currency, Moment, Money, Name, StoreId, TimeZone
from shared.web.callers import Caller, require
from shared.web.idempotency import demand_idempotency_key
from shared.web.pages import (
    ChangesPage,
    ChangesQuery,
    Position,
    cut_page,
    next_page,
    watermark_of,
)
from shared.web.transactional import SessionDep, TransactionalRoute

NOTES = Table(
    "notes",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("store_id", String),
    Column("text", String),
    Column("updated_at", DateTime(timezone=True)),
)


class NewNote(Body):
    """A note."""

    store_id: StoreId
    text: Name
    amount: Money | None = None
    written_at: Moment | None = None
    currency: Currency | None = None
    timezone: TimeZone | None = None
    pause_seconds: float = 0
    fails: bool = False


class NoteView(BaseModel):
    """A note as it is kept."""

    id: str
    store_id: str
    text: str
    updated_at: datetime


router = APIRouter(route_class=TransactionalRoute)
Writer = Annotated[Caller, Security(require("notes:write"))]
Reader = Annotated[Caller, Security(require("notes:read"))]


async def make_table(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("""CREATE TABLE IF NOT EXISTS notes (id text PRIMARY KEY DEFAULT gen_random_uuid(),
                    store_id text NOT NULL, text text NOT NULL,
                    updated_at timestamptz NOT NULL DEFAULT now())""")
        )


@router.post("/v1/notes", status_code=201)
async def write_note(body: NewNote, session: SessionDep, caller: Writer) -> NoteView:
    caller.demand_store(body.store_id)
    found = await session.execute(
        text("""INSERT INTO notes (store_id, text) VALUES (:store_id, :text)
                RETURNING id, store_id, text, updated_at"""),
        {"store_id": body.store_id, "text": body.text},
    )
    note = NoteView(**found.mappings().one())
    await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": body.pause_seconds})
    if body.fails:
        raise ConflictError("This note is not wanted.", pointer="/fails")
    return note


@router.post("/v1/notes:wipe", dependencies=[Depends(demand_idempotency_key)])
async def wipe_notes(session: SessionDep, caller: Writer) -> dict[str, int]:
    done: Any = await session.execute(text("DELETE FROM notes"))
    return {"wiped": done.rowcount}


@router.post("/v1/notes:refuse")
async def write_and_answer_refusal(session: SessionDep, caller: Writer) -> Response:
    await session.execute(text("INSERT INTO notes (store_id, text) VALUES ('s1', 'refused')"))
    return Response("{}", 422)


@router.post("/v1/notes:try")
async def write_dry(session: SessionDep, caller: Writer) -> Response:
    await session.execute(text("INSERT INTO notes (store_id, text) VALUES ('s1', 'dry')"))
    await session.rollback()
    return Response("{}", 200, {"Dry-Run": "true"})


@router.get("/v1/notes/broken")
async def break_down(caller: Reader) -> None:
    raise RuntimeError("the secret of the house")


@router.get("/v1/notes/unavailable")
async def lose_connection(session: SessionDep, caller: Reader) -> None:
    await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@router.get("/v1/notes")
async def list_notes(
    query: Annotated[ChangesQuery, Query()], session: SessionDep, caller: Reader
) -> ChangesPage[NoteView]:
    watermark = await watermark_of(session, query)
    wanted: Select[Any] = select(NOTES)
    stores = caller.limit(None)
    if stores is not None:
        wanted = wanted.where(NOTES.c.store_id.in_(stores))
    if query.updated_since is not None:
        wanted = wanted.where(NOTES.c.updated_at >= query.updated_since)
    rows = await session.execute(next_page(wanted, (NOTES.c.updated_at, NOTES.c.id), query))
    notes = [NoteView(**row) for row in rows.mappings()]
    page, cursor = cut_page(
        notes, query.limit, lambda note: Position(note.updated_at, note.id, watermark)
    )
    return ChangesPage(items=list(page), next_cursor=cursor, watermark=watermark)
