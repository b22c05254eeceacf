"""The ledger and the levels that follow from it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.movements import Kind
from services.inventory.domain.refusals import WarehouseUnknownError
from services.inventory.repository import ledger
from services.inventory.repository.balances import page_of_levels
from services.inventory.repository.ledger import MovementFilter
from services.inventory.repository.warehouses import ensured_warehouses
from services.inventory.routes.rows import given, outcome_of
from services.inventory.schemas.parts import Codes, WarehouseId, Word, codes_of
from services.inventory.schemas.stock import (
    LevelView,
    MovementView,
    NewMovement,
    level_view,
    movement_of,
    movement_view,
)
from services.inventory.usecases.posting import post_movements
from services.inventory.usecases.warehouses import show_warehouses
from shared.kernel.clock import utc_now
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    reject_repeated,
    run_batch,
)
from shared.web.bodies import Instant
from shared.web.callers import Caller, require
from shared.web.pages import (
    BadCursorError,
    ChangesPage,
    ChangesQuery,
    Page,
    PageQuery,
    Position,
    cut_page,
    decode_cursor,
    next_page,
    watermark_of,
)
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["stock"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Writer = Annotated[Caller, Security(require("inventory:write"))]

_ADAPTER = TypeAdapter(NewMovement)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StockQuery(ChangesQuery):
    """Whose levels are asked for; `at` shows them as they were at a past time."""

    sku: Codes | None = None
    warehouse_id: WarehouseId | None = None
    at: Instant | None = None


class MovementQuery(PageQuery):
    """Which rows are asked for; `until` is not in it. Promises are left out unless wanted."""

    sku: Word | None = None
    warehouse_id: WarehouseId | None = None
    kind: Annotated[Kind | None, Field(strict=False)] = None
    bucket: Literal["on_hand", "reserved", "quarantine", "in_transit"] | None = None
    source: Word | None = None
    external_id: Word | None = None
    reference: Word | None = None
    order_id: Word | None = None
    since: Instant | None = None
    until: Instant | None = None
    with_reserved: bool = False


@router.post("/v1/movements:batch", openapi_extra=batch_body(NewMovement))
async def post_many_movements(
    request: Request, options: BatchQuery, session: SessionDep, caller: Writer
) -> Response:
    """Post up to 1,000 movements in their order, with one outcome for each."""
    rows = await read_rows(request, _ADAPTER, names=("source", "external_id"))
    rows = reject_repeated(rows, lambda row: (row.source, row.external_id))

    async def write(good: Sequence[Row[NewMovement]]) -> list[RowOutcome]:
        return await _write(session, caller, good)

    return await run_batch(request, rows, write, session=session, options=options)


async def _write(
    session: AsyncSession, caller: Caller, rows: Sequence[Row[NewMovement]]
) -> list[RowOutcome]:
    warehouses, now = await ensured_warehouses(session), utc_now()
    movements = []
    for body in given([row.value for row in rows]):
        warehouse = warehouses.get(body.warehouse_id)
        currency = "CNY" if warehouse is None else warehouse.currency  # refused below
        movements.append(movement_of(body, currency, now, caller.name))
    done = await post_movements(session, movements, caller=caller)
    return [
        outcome_of(
            each.outcome,
            each.refusal,
            {**row.names, "movement_id": each.movement_id},
        )
        for row, each in zip(rows, done, strict=True)
    ]


@router.get("/v1/stock")
async def show_stock(
    query: Annotated[StockQuery, Query()], session: SessionDep, caller: Reader
) -> ChangesPage[LevelView]:
    """List levels by warehouse and SKU, as they are or as they were at a past time."""
    after = decode_cursor(query.cursor)
    watermark = await watermark_of(session, query)
    found = await page_of_levels(
        session,
        warehouses=await _visible(session, caller, query.warehouse_id),
        skus=codes_of(query.sku),
        at=query.at,
        since=query.updated_since,
        after=_balance_id(after),
        most=query.limit + 1,
    )
    page, cursor = cut_page(
        found, query.limit, lambda row: Position(_EPOCH, row["balance_id"], watermark)
    )
    items = [level_view(row) for row in page]
    return ChangesPage(items=items, next_cursor=cursor, watermark=watermark)


@router.get("/v1/movements")
async def list_movements(
    query: Annotated[MovementQuery, Query()], session: SessionDep, caller: Reader
) -> Page[MovementView]:
    """List rows of the ledger in the order they were entered."""
    visible = {each.warehouse_id: each for each in await show_warehouses(session, caller)}
    names = ("sku", "warehouse_id", "kind", "bucket", "source", "external_id", "reference")
    values = {name: getattr(query, name) for name in (*names, "order_id")}
    wanted = MovementFilter(
        list(visible),
        values,
        query.since,
        query.until,
        query.with_reserved or query.bucket == "reserved",
    )
    by = (ledger.table.c.booked_at, ledger.table.c.movement_id)
    found = await ledger.listed(session, next_page(ledger.where(wanted), by, query))
    page, cursor = cut_page(
        found, query.limit, lambda row: Position(row["booked_at"], row["movement_id"])
    )
    items = [movement_view(row, visible[row["warehouse_id"]].currency) for row in page]
    return Page(items=items, next_cursor=cursor)


def _balance_id(after: Position | None) -> int | None:
    if after is None:
        return None
    if not isinstance(after.id, int) or not 0 <= after.id < 2**63:
        raise BadCursorError("This cursor was not given out by this list.")
    return after.id


async def _visible(session: AsyncSession, caller: Caller, wanted: str | None) -> list[str]:
    ids = [each.warehouse_id for each in await show_warehouses(session, caller)]
    if wanted is None:
        return ids
    if wanted not in ids:
        raise WarehouseUnknownError(f"There is no warehouse {wanted} among yours.")
    return [wanted]
