"""What stores sell, and what their channels show."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.listings import Listing
from services.inventory.domain.refusals import ListingUnknownError
from services.inventory.repository.items import (
    ListingFilter,
    find_items,
    page_of_items,
    page_of_store_skus,
)
from services.inventory.routes.rows import given, outcome_of
from services.inventory.schemas.listings import (
    ChannelReport,
    ChannelStockView,
    ListingAnswer,
    ListingView,
    NewListing,
    channel_view,
    listing_of,
    listing_view,
)
from services.inventory.schemas.parts import Codes, Word, codes_of
from services.inventory.usecases.channels import Report, hear_channels
from services.inventory.usecases.listing import list_items
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store, StoreUnknownError, find_stores, wait_for_stores
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    reject_repeated,
    run_batch,
)
from shared.web.bodies import StoreId
from shared.web.callers import Caller, require
from shared.web.pages import (
    ChangesPage,
    ChangesQuery,
    Page,
    PageQuery,
    Position,
    cut_page,
    decode_cursor,
    watermark_of,
)
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["listings"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Writer = Annotated[Caller, Security(require("inventory:write"))]

_LISTINGS = TypeAdapter(NewListing)
_REPORTS = TypeAdapter(ChannelReport)


class ListingQuery(ChangesQuery):
    """Whose items are asked for."""

    stores: Codes | None = None
    sku: Word | None = None
    status: Literal["listed", "delisted"] | None = None


class ChannelQuery(PageQuery):
    """Whose figures are asked for; `differing` leaves only those that channels show otherwise."""

    stores: Codes | None = None
    sku: Codes | None = None
    differing: bool = False


@router.post("/v1/listings", status_code=201)
async def state_listing(
    body: NewListing, response: Response, session: SessionDep, caller: Writer
) -> ListingAnswer:
    """State an item: 201 when it is new, 200 when it was there."""
    caller.demand_store(body.store_id)
    stores = await wait_for_stores(session, [body.store_id])
    listing = listing_of(body, stores[body.store_id], caller.name)
    [done] = await list_items(session, [listing], stores, caller=caller, now=utc_now())
    if done.refusal is not None:
        raise done.refusal
    if done.outcome != "created":
        response.status_code = 200
    stored = await find_items(session, [listing.key])
    return ListingAnswer(listing=listing_view(stored[listing.key]), outcome=done.outcome or "")


@router.post("/v1/listings:batch", openapi_extra=batch_body("NewListing"))
async def state_many_listings(
    request: Request, options: BatchQuery, session: SessionDep, caller: Writer
) -> Response:
    """State up to 1,000 items, with one outcome for each."""
    rows = await read_rows(request, _LISTINGS, names=("store_id", "item_id"))
    rows = reject_repeated(rows, lambda row: (row.store_id, row.item_id))

    async def write(good: Sequence[Row[NewListing]]) -> list[RowOutcome]:
        return await _write_listings(session, caller, good)

    return await run_batch(request, rows, write, session=session, options=options)


async def _write_listings(
    session: AsyncSession, caller: Caller, rows: Sequence[Row[NewListing]]
) -> list[RowOutcome]:
    bodies = given([row.value for row in rows])
    stores = await find_stores(session, {body.store_id for body in bodies})
    refusals: dict[int, Refusal] = {}
    listings: list[Listing] = []
    for place, body in enumerate(bodies):
        try:
            store = _demand_store(caller, stores, body.store_id)
            listings.append(listing_of(body, store, caller.name))
        except Refusal as refusal:
            refusals[place] = refusal
    done = iter(await list_items(session, listings, stores, caller=caller, now=utc_now()))
    outcomes = []
    for place, row in enumerate(rows):
        if place in refusals:
            outcomes.append(outcome_of(None, refusals[place], row.names))
        else:
            each = next(done)
            outcomes.append(outcome_of(each.outcome, each.refusal, row.names))
    return outcomes


def _demand_store(caller: Caller, stores: dict[str, Store], store_id: str) -> Store:
    caller.demand_store(store_id)
    if store_id not in stores:
        raise StoreUnknownError(f"Store {store_id} is not known.", pointer="/store_id")
    return stores[store_id]


@router.get("/v1/listings")
async def show_listings(
    query: Annotated[ListingQuery, Query()], session: SessionDep, caller: Reader
) -> ChangesPage[ListingView]:
    """List items in the order of their last change."""
    after = decode_cursor(query.cursor)
    watermark = await watermark_of(session, query)
    wanted = ListingFilter(
        caller.limit(codes_of(query.stores)), query.sku, query.status, query.updated_since
    )
    found = await page_of_items(
        session,
        wanted,
        None if after is None else (after.moment, str(after.id)),
        most=query.limit + 1,
    )
    page, cursor = cut_page(
        found, query.limit, lambda each: Position(each[1], "\n".join(each[0].key), watermark)
    )
    views = [listing_view(listing) for listing, _ in page]
    return ChangesPage(items=views, next_cursor=cursor, watermark=watermark)


@router.get("/v1/listings/{store_id}/{item_id}")
async def show_listing(
    store_id: StoreId, item_id: Word, session: SessionDep, caller: Reader
) -> ListingView:
    """Show one item."""
    found = (await find_items(session, [(store_id, item_id)])).get((store_id, item_id))
    if found is None or not caller.may_see(store_id):
        raise ListingUnknownError(f"There is no item {item_id} in a store of yours.")
    return listing_view(found)


@router.post("/v1/channel-stock:batch", openapi_extra=batch_body(ChannelReport))
async def report_channel_stock(
    request: Request, options: BatchQuery, session: SessionDep, caller: Writer
) -> Response:
    """Report what channels show, up to 1,000 figures, with one outcome for each."""
    rows = await read_rows(request, _REPORTS, names=("store_id", "sku"))
    rows = reject_repeated(rows, lambda row: (row.store_id, row.sku))

    async def write(good: Sequence[Row[ChannelReport]]) -> list[RowOutcome]:
        return await _write_reports(session, caller, good)

    return await run_batch(request, rows, write, session=session, options=options)


async def _write_reports(
    session: AsyncSession, caller: Caller, rows: Sequence[Row[ChannelReport]]
) -> list[RowOutcome]:
    bodies, now = given([row.value for row in rows]), utc_now()
    stores = await find_stores(session, {body.store_id for body in bodies})
    refusals: dict[int, Refusal] = {}
    reports: list[Report] = []
    for place, body in enumerate(bodies):
        try:
            _demand_store(caller, stores, body.store_id)
        except Refusal as refusal:
            refusals[place] = refusal
        else:
            at = body.reported_at or now
            reports.append(Report(body.store_id, body.sku, body.quantity, at))
    done = iter(await hear_channels(session, reports, stores))
    outcomes = []
    for place, row in enumerate(rows):
        if place in refusals:
            outcomes.append(outcome_of(None, refusals[place], row.names))
        else:
            each = next(done)
            names = {**row.names, "sellable": each.sellable}
            outcomes.append(outcome_of(each.outcome, each.refusal, names))
    return outcomes


@router.get("/v1/channel-stock")
async def show_channel_stock(
    query: Annotated[ChannelQuery, Query()], session: SessionDep, caller: Reader
) -> Page[ChannelStockView]:
    """List what each store may show of a SKU, beside what its channel shows (渠道库存差异)."""
    after = decode_cursor(query.cursor)
    found = await page_of_store_skus(
        session,
        stores=caller.limit(codes_of(query.stores)),
        skus=codes_of(query.sku),
        is_differing=query.differing,
        after=None if after is None else str(after.id),
        most=query.limit + 1,
    )
    page, cursor = cut_page(
        found, query.limit, lambda row: Position(utc_now(), f"{row['store_id']}\n{row['sku']}")
    )
    return Page(items=[channel_view(row) for row in page], next_cursor=cursor)
