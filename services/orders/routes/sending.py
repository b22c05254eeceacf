"""Parcels of many orders: as rows, or as a courier's file of waybills."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import ConfigDict, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain.refusals import OrderUnknownError
from services.orders.domain.sending import Sending
from services.orders.repository.receipts import receipt_of
from services.orders.repository.waybills import ids_of
from services.orders.schemas.courier_file import read_courier_file
from services.orders.schemas.incoming import shipped_lines
from services.orders.schemas.new_order import Word
from services.orders.schemas.sending import CourierRow, ShipRow
from services.orders.usecases.sending import send_parcels
from services.orders.usecases.working import Worked
from shared.kernel.clock import utc_now
from shared.kernel.refusals import InvalidError
from shared.web.batch import (
    BatchOptions,
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    refusal_errors,
    reject_repeated,
    rejection,
    run_batch,
    validate_rows,
)
from shared.web.bodies import StoreId
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Clerk = Annotated[Caller, Security(require("shipments:write"))]

_ROWS = TypeAdapter(ShipRow)
_LINES = TypeAdapter(CourierRow)
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class StoreMissingError(InvalidError):
    """A line of a file, and the request with it, do not say which store the order is of."""

    kind = "store-missing"


class FileOptions(BatchOptions):
    """Options of a courier's file: whose orders, and whose waybills, where no column says it."""

    model_config = ConfigDict(extra="forbid")

    store_id: Annotated[StoreId | None, Field(description="where no column names it")] = None
    courier: Annotated[Word | None, Field(description="where no column names it")] = None


@router.post("/v1/orders:ship", openapi_extra=batch_body(ShipRow))
async def ship_orders(
    request: Request, options: BatchQuery, session: SessionDep, caller: Clerk
) -> Response:
    """Send parcels of up to 1,000 orders."""
    rows = await read_rows(request, _ROWS, names=("order_id", "waybill"))
    rows = reject_repeated(rows, lambda row: (row.order_id, row.waybill))
    now = utc_now()

    async def write(good: Sequence[Row[ShipRow]]) -> list[RowOutcome]:
        told = [_sending(row.value, now) for row in good if row.value is not None]
        done = await send_parcels(session, told, caller=caller)
        return [_outcome(row.names, worked) for row, worked in zip(good, done, strict=True)]

    return await _answer(request, rows, write, session=session, options=options)


@router.post("/v1/shipments:import", openapi_extra=_FILE)
async def import_shipments(
    request: Request,
    options: Annotated[FileOptions, Query()],
    session: SessionDep,
    caller: Clerk,
) -> Response:
    """Send the parcels of a courier's file: CSV in UTF-8 or GBK, with 订单号 and 运单号."""
    if options.store_id is not None:
        caller.demand_store(options.store_id)
    lines = read_courier_file(await request.body())
    rows = validate_rows([line.cells for line in lines], _LINES, names=("order_number", "waybill"))
    numbers = [line.number for line in lines]
    rows = [
        replace(row, names={"line": number, **row.names})
        for row, number in zip(rows, numbers, strict=True)
    ]
    rows = reject_repeated(rows, lambda row: (row.store_id, row.order_number, row.waybill))
    now = utc_now()

    async def write(good: Sequence[Row[CourierRow]]) -> list[RowOutcome]:
        return await _import(session, good, options, caller=caller, now=now)

    return await _answer(request, rows, write, session=session, options=options)


async def _import(
    session: AsyncSession,
    rows: Sequence[Row[CourierRow]],
    options: FileOptions,
    *,
    caller: Caller,
    now: datetime,
) -> list[RowOutcome]:
    keys = [_key_of(row, options) for row in rows]
    seen = [key for key in keys if key is not None and caller.may_see(key[0])]
    ids = await ids_of(session, seen)
    found = [None if key is None else ids.get(key) for key in keys]
    told = [
        _sending_of(row.value, order_id, options, now)
        for row, order_id in zip(rows, found, strict=True)
        if row.value is not None and order_id is not None
    ]
    done = iter(await send_parcels(session, told, caller=caller))
    return [
        _outcome({**row.names, "order_id": order_id}, next(done))
        if order_id is not None
        else _outcome({**row.names, "order_id": None}, _unknown(key))
        for row, key, order_id in zip(rows, keys, found, strict=True)
    ]


def _key_of(row: Row[CourierRow], options: FileOptions) -> tuple[str, str] | None:
    line = row.value
    store_id = None if line is None else line.store_id or options.store_id
    return None if line is None or store_id is None else (store_id, line.order_number)


def _unknown(key: tuple[str, str] | None) -> Worked:
    if key is None:
        detail = "Name the store in a column or as store_id of the request."
        return Worked(refusal=StoreMissingError(detail, pointer="/store_id"))
    detail = f"There is no order {key[1]} among your stores."
    return Worked(refusal=OrderUnknownError(detail, pointer="/order_number"))


def _sending(row: ShipRow, now: datetime) -> Sending:
    return Sending(
        row.order_id,
        row.shipped_at or now,
        row.courier,
        row.waybill,
        shipped_lines(row.lines),
        row.weight_grams,
    )


def _sending_of(line: CourierRow, order_id: str, options: FileOptions, now: datetime) -> Sending:
    courier = line.courier or options.courier
    weight = line.weight or line.weight_grams
    return Sending(order_id, now, courier, line.waybill, weight_grams=weight)


def _outcome(names: Mapping[str, Any], worked: Worked) -> RowOutcome:
    if worked.outcome is None:
        return rejection(refusal_errors(worked.refusal) if worked.refusal else [], names)
    receipt = None
    if worked.event_id is not None:
        receipt = receipt_of(names["order_id"], worked.event_id)
    return RowOutcome(worked.outcome, names, (), receipt)


async def _answer(
    request: Request,
    rows: Sequence[Row[Any]],
    write: Any,
    *,
    session: AsyncSession,
    options: BatchOptions,
) -> Response:
    answer = await run_batch(request, rows, write, session=session, options=options)
    if options.dry_run:
        metrics.count_nothing(session)
    return answer
