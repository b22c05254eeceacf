"""Parcels before they leave, and the pool of waybill numbers."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.orders.domain.sending import WaybillTakenError
from services.orders.repository.parcels import candidates_among, parcels_of
from services.orders.repository.waybill_pool import (
    Number,
    add_numbers,
    levels_of,
    owners_of_numbers,
)
from services.orders.schemas.incoming import shipped_lines
from services.orders.schemas.parcels import (
    CandidateView,
    Merging,
    NumberRow,
    ParcelView,
    PoolView,
    Splitting,
    parcel_view,
)
from services.orders.usecases.changing import show_order
from services.orders.usecases.planning import merge_orders, split_order, undo_plan
from shared.audit import Change, record_changes
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.stores import StoreUnknownError, find_stores
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    refusal_errors,
    reject_repeated,
    rejection,
    run_batch,
)
from shared.web.callers import Caller, StoreForbiddenError, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Clerk = Annotated[Caller, Security(require("shipments:write"))]
MOST = 500
_NUMBERS = TypeAdapter(NumberRow)


class StoresQuery(BaseModel):
    """Whose parcels or numbers are asked for: ids with commas between them."""

    model_config = ConfigDict(extra="forbid")

    stores: Annotated[str | None, Field(max_length=4000)] = None

    def limited(self, caller: Caller) -> list[str] | None:
        """Return the stores that the caller may ask for, None for all."""
        return caller.limit(None if self.stores is None else self.stores.split(","))


Stores = Annotated[StoresQuery, Query()]


@router.get("/v1/parcels:candidates")
async def find_candidates(
    query: Stores, session: SessionDep, caller: Reader
) -> list[CandidateView]:
    """List audited orders of one store, buyer and address that could share a parcel (合单)."""
    found = await candidates_among(session, query.limited(caller), most=MOST)
    return [CandidateView.model_validate(row) for row in found]


@router.post("/v1/parcels:merge")
async def merge_parcels(body: Merging, session: SessionDep, caller: Clerk) -> list[ParcelView]:
    """Plan one parcel for several orders (合单); the same plan again changes nothing."""
    ids = list(dict.fromkeys(body.order_ids))
    parcels = await merge_orders(session, ids, utc_now(), caller=caller)
    return [parcel_view(parcel) for parcel in parcels]


@router.post("/v1/parcels:split")
async def split_parcel(body: Splitting, session: SessionDep, caller: Clerk) -> list[ParcelView]:
    """Plan several parcels for one order (拆单); the same plan again changes nothing."""
    parts = [shipped_lines(part) or () for part in body.parcels]
    parcels = await split_order(session, body.order_id, parts, utc_now(), caller=caller)
    return [parcel_view(parcel) for parcel in parcels]


@router.get("/v1/orders/{order_id}/parcels")
async def list_parcels(order_id: str, session: SessionDep, caller: Reader) -> list[ParcelView]:
    """List the parcels that are planned for an order, or were printed with their own waybill."""
    await show_order(session, order_id, caller)
    return [parcel_view(parcel) for parcel in await parcels_of(session, [order_id])]


@router.post("/v1/orders/{order_id}/parcels/undoing", status_code=204)
async def undo_parcels(order_id: str, session: SessionDep, caller: Clerk) -> None:
    """Undo an order's plan before it is printed, and so that of all who share its parcel."""
    await undo_plan(session, order_id, utc_now(), caller=caller)


@router.get("/v1/waybill-numbers")
async def show_pools(query: Stores, session: SessionDep, caller: Reader) -> list[PoolView]:
    """Show how many waybill numbers are left, for each courier a store prints electronically."""
    levels = await levels_of(session, query.limited(caller))
    return [PoolView(**level._asdict()) for level in levels]


@router.post("/v1/waybill-numbers:batch", openapi_extra=batch_body(NumberRow))
async def fill_pools(
    request: Request, options: BatchQuery, session: SessionDep, caller: Clerk
) -> Response:
    """Add up to 1,000 waybill numbers; one that is there is unchanged, used or not."""
    rows = await read_rows(request, _NUMBERS, names=("courier", "number"))
    rows = reject_repeated(rows, lambda row: (row.courier, row.number))

    async def write(good: Sequence[Row[NumberRow]]) -> list[RowOutcome]:
        told = [row.value for row in good if row.value is not None]
        known = await find_stores(session, {row.store_id for row in told})
        refusals = [_obstacle(row, caller, known) for row in told]
        numbers = [
            Number(row.store_id, row.courier, row.number)
            for row, refusal in zip(told, refusals, strict=True)
            if refusal is None
        ]
        added = await add_numbers(session, numbers)
        owners = await owners_of_numbers(session, numbers)
        await _record(session, [each for each in numbers if each[1:] in added], caller)
        return [
            _outcome(row, refusal, added, owners)
            for row, refusal in zip(told, refusals, strict=True)
        ]

    return await run_batch(request, rows, write, session=session, options=options)


def _obstacle(row: NumberRow, caller: Caller, known: Collection[str]) -> Refusal | None:
    if not caller.may_see(row.store_id):
        detail = f"Store {row.store_id} is not among your stores."
        return StoreForbiddenError(detail, pointer="/store_id")
    if row.store_id not in known:
        return StoreUnknownError(f"Store {row.store_id} is not known.", pointer="/store_id")
    return None


def _outcome(
    row: NumberRow,
    refusal: Refusal | None,
    added: set[tuple[str, str]],
    owners: dict[tuple[str, str], str],
) -> RowOutcome:
    names = {"courier": row.courier, "number": row.number}
    key = row.courier, row.number
    if refusal is None and owners.get(key) != row.store_id:
        refusal = WaybillTakenError("Another store has this number.", pointer="/number")
    if refusal is not None:
        return rejection(refusal_errors(refusal), names)
    return RowOutcome("created" if key in added else "unchanged", names)


async def _record(session: SessionDep, numbers: Sequence[Number], caller: Caller) -> None:
    counts: dict[tuple[str, str], int] = {}
    for number in numbers:
        pool = number.store_id, number.courier
        counts[pool] = counts.get(pool, 0) + 1
    lines = [
        Change("waybill_numbers.added", courier, store_id, None, {"numbers": count})
        for (store_id, courier), count in counts.items()
    ]
    await record_changes(session, caller=caller.name, changes=lines)
