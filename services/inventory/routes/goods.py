"""SKUs and warehouses."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.refusals import SkuUnknownError, WarehouseUnknownError
from services.inventory.repository.goods import SkuFilter, find_skus, page_of_skus
from services.inventory.routes.rows import given, outcome_of
from services.inventory.schemas.goods import (
    NewSku,
    SkuAnswer,
    SkuView,
    WarehouseBody,
    WarehouseView,
    goods_of,
    sku_view,
    warehouse_of,
    warehouse_view,
)
from services.inventory.schemas.parts import Codes, WarehouseId, Word, codes_of
from services.inventory.usecases.stating_skus import StatedSku, state_skus
from services.inventory.usecases.warehouses import set_warehouse, show_warehouses
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
from shared.web.callers import Caller, require
from shared.web.pages import (
    ChangesPage,
    ChangesQuery,
    Position,
    cut_page,
    decode_cursor,
    watermark_of,
)
from shared.web.transactional import SessionDep, TransactionalRoute
from shared.web.versions import SeenVersion, tell_version

router = APIRouter(route_class=TransactionalRoute, tags=["goods"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Writer = Annotated[Caller, Security(require("inventory:write"))]

_ADAPTER = TypeAdapter(NewSku)


class SkuQuery(ChangesQuery):
    """Which SKUs are asked for."""

    skus: Codes | None = None
    item_number: Word | None = None
    barcode: Word | None = None


@router.post("/v1/skus", status_code=201)
async def state_sku(
    body: NewSku, response: Response, session: SessionDep, caller: Writer
) -> SkuAnswer:
    """State a SKU: 201 when it is new, 200 when it was there (updated, unchanged, stale)."""
    stated = StatedSku(goods_of(body), body.source_updated_at)
    [done] = await state_skus(session, [stated], caller=caller.name, now=utc_now())
    if done.refusal is not None:
        raise done.refusal
    if done.outcome != "created":
        response.status_code = 200
    stored = (await find_skus(session, [body.sku]))[body.sku]
    return SkuAnswer(sku=sku_view(stored), outcome=done.outcome or "")


@router.post("/v1/skus:batch", openapi_extra=batch_body("NewSku"))
async def state_many_skus(
    request: Request, options: BatchQuery, session: SessionDep, caller: Writer
) -> Response:
    """State up to 1,000 SKUs, with one outcome for each."""
    rows = await read_rows(request, _ADAPTER, names=("sku",))
    rows = reject_repeated(rows, lambda row: row.sku)

    async def write(good: Sequence[Row[NewSku]]) -> list[RowOutcome]:
        return await _write(session, caller, good)

    return await run_batch(request, rows, write, session=session, options=options)


async def _write(
    session: AsyncSession, caller: Caller, rows: Sequence[Row[NewSku]]
) -> list[RowOutcome]:
    bodies = given([row.value for row in rows])
    stated = [StatedSku(goods_of(body), body.source_updated_at) for body in bodies]
    done = await state_skus(session, stated, caller=caller.name, now=utc_now())
    return [
        outcome_of(each.outcome, each.refusal, row.names)
        for row, each in zip(rows, done, strict=True)
    ]


@router.get("/v1/skus")
async def list_skus(
    query: Annotated[SkuQuery, Query()], session: SessionDep, caller: Reader
) -> ChangesPage[SkuView]:
    """List SKUs in the order of their last change."""
    caller.demand("inventory:read")  # goods are the house's, whichever stores the caller has
    after = decode_cursor(query.cursor)
    watermark = await watermark_of(session, query)
    wanted = SkuFilter(codes_of(query.skus), query.item_number, query.barcode, query.updated_since)
    found = await page_of_skus(
        session,
        wanted,
        None if after is None else (after.moment, str(after.id)),
        most=query.limit + 1,
    )
    page, cursor = cut_page(
        found, query.limit, lambda each: Position(each[1], each[0].goods.sku, watermark)
    )
    views = [sku_view(sku) for sku, _ in page]
    return ChangesPage(items=views, next_cursor=cursor, watermark=watermark)


@router.get("/v1/skus/{sku}")
async def show_sku(sku: Word, session: SessionDep, caller: Reader) -> SkuView:
    """Show one SKU."""
    caller.demand("inventory:read")
    found = (await find_skus(session, [sku])).get(sku)
    if found is None:
        raise SkuUnknownError(f"There is no SKU {sku}.")
    return sku_view(found)


@router.put("/v1/warehouses/{warehouse_id}", responses={201: {"model": WarehouseView}})
async def put_warehouse(
    warehouse_id: WarehouseId,
    body: WarehouseBody,
    *,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: Writer,
) -> WarehouseView:
    """Open a warehouse, or change it in place of the version of If-Match."""
    wanted = warehouse_of(warehouse_id, body)
    stored, outcome = await set_warehouse(session, wanted, seen=seen, caller=caller)
    response.status_code = 201 if outcome == "created" else 200
    tell_version(response, stored.version)
    return warehouse_view(stored)


@router.get("/v1/warehouses")
async def list_warehouses(session: SessionDep, caller: Reader) -> list[WarehouseView]:
    """List the warehouses that serve the caller's stores."""
    return [warehouse_view(each) for each in await show_warehouses(session, caller)]


@router.get("/v1/warehouses/{warehouse_id}")
async def show_warehouse(
    warehouse_id: WarehouseId, response: Response, session: SessionDep, caller: Reader
) -> WarehouseView:
    """Show one warehouse."""
    for warehouse in await show_warehouses(session, caller):
        if warehouse.warehouse_id == warehouse_id:
            tell_version(response, warehouse.version)
            return warehouse_view(warehouse)
    raise WarehouseUnknownError(f"There is no warehouse {warehouse_id} among yours.")
