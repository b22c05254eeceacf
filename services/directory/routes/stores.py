"""Stores and their settings."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response, Security
from pydantic import TypeAdapter

from services.directory.repository import find_store, get_company, list_stores
from services.directory.schemas import (
    CompanySettingsView,
    NewStore,
    OpenedStore,
    SettingsView,
    SettingValue,
    StoreChange,
    StoreQuery,
    StoreView,
    ThresholdView,
)
from services.directory.tables import CompanySettingsRow, StoreRow
from services.directory.thresholds.catalogue import THRESHOLDS, effective
from services.directory.usecases.settings import change_company_settings, change_settings
from services.directory.usecases.stores import change_store, open_store
from shared.kernel.refusals import NotFoundError, Refusal
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
from shared.web.callers import Caller, require
from shared.web.pages import ChangesPage, Position, cut_page, watermark_of
from shared.web.transactional import SessionDep, TransactionalRoute
from shared.web.versions import SeenVersion, tell_version

router = APIRouter(route_class=TransactionalRoute)

StoreReader = Annotated[Caller, Security(require("stores:read"))]
StoreWriter = Annotated[Caller, Security(require("stores:write"))]
SettingsReader = Annotated[Caller, Security(require("settings:read"))]
SettingsWriter = Annotated[Caller, Security(require("settings:write"))]
Change = Annotated[
    dict[str, Any],
    Body(
        description="values by key; null takes one back",
        examples=[{"orders.chase_unpaid_hours": 6}],
    ),
]

_NEW_STORE = TypeAdapter(NewStore)


@router.post("/v1/stores", status_code=201, tags=["stores"])
async def create_store(
    new: NewStore, response: Response, session: SessionDep, caller: StoreWriter
) -> OpenedStore:
    """Open a store; the same content again is `unchanged` (200), other content is 409."""
    row, outcome = await open_store(session, caller, new)
    response.status_code = 201 if outcome == "created" else 200
    response.headers["Location"] = f"/v1/stores/{row.store_id}"
    tell_version(response, row.version)
    return OpenedStore(**_view(row).model_dump(), outcome=outcome)


@router.post("/v1/stores:batch", tags=["stores"], openapi_extra=batch_body("NewStore"))
async def create_stores(
    request: Request, options: BatchQuery, session: SessionDep, caller: StoreWriter
) -> Response:
    """Open up to 1,000 stores, with one outcome for each."""
    rows = await read_rows(request, _NEW_STORE, names=("store_id",))
    rows = reject_repeated(rows, lambda row: row.store_id)
    write = partial(_open_each, session, caller)
    return await run_batch(request, rows, write, session=session, options=options)


async def _open_each(
    session: SessionDep, caller: Caller, rows: Sequence[Row[NewStore]]
) -> list[RowOutcome]:
    new = {row.value.store_id: row.value for row in rows if row.value is not None}
    outcomes: dict[str, RowOutcome] = {}
    for store_id in sorted(new):  # all take them in one order, so that none waits for another
        names = {"store_id": store_id}
        try:
            _, outcome = await open_store(session, caller, new[store_id])
        except Refusal as refusal:
            outcomes[store_id] = rejection(refusal_errors(refusal), names)
        else:
            outcomes[store_id] = RowOutcome(outcome, names)
    return [outcomes[row.value.store_id] for row in rows if row.value is not None]


@router.get("/v1/stores", tags=["stores"])
async def list_all_stores(
    query: Annotated[StoreQuery, Query()], session: SessionDep, caller: StoreReader
) -> ChangesPage[StoreView]:
    """List the caller's stores, by the moment of their last change."""
    watermark = await watermark_of(session, query)
    rows = await list_stores(session, query, caller.limit(None))
    page, cursor = cut_page(
        rows, query.limit, lambda row: Position(row.updated_at, row.store_id, watermark)
    )
    views = [_view(row) for row in page]
    return ChangesPage(items=views, next_cursor=cursor, watermark=watermark)


@router.get("/v1/stores/{store_id}", tags=["stores"])
async def show_store(
    store_id: str, response: Response, session: SessionDep, caller: StoreReader
) -> StoreView:
    """Show a store."""
    row = await _visible(session, caller, store_id)
    tell_version(response, row.version)
    return _view(row)


@router.patch("/v1/stores/{store_id}", tags=["stores"])
async def update_store(
    store_id: str,
    change: StoreChange,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: StoreWriter,
) -> StoreView:
    """Change a store; If-Match names the version that was seen."""
    row = await change_store(session, caller, store_id, seen=seen, change=change)
    tell_version(response, row.version)
    return _view(row)


@router.get("/v1/settings", tags=["settings"])
async def show_company_settings(
    response: Response, session: SessionDep, caller: SettingsReader
) -> CompanySettingsView:
    """Show every setting there is, and what holds for the company."""
    del caller
    company = await get_company(session)
    tell_version(response, company.version)
    return _company_view(company)


@router.patch("/v1/settings", tags=["settings"])
async def update_company_settings(
    change: Change,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: SettingsWriter,
) -> CompanySettingsView:
    """Set thresholds for every store that has not its own."""
    company = await change_company_settings(session, caller, seen=seen, change=change)
    tell_version(response, company.version)
    return _company_view(company)


@router.get("/v1/settings/{store_id}", tags=["settings"])
async def show_settings(
    store_id: str, response: Response, session: SessionDep, caller: SettingsReader
) -> SettingsView:
    """Show what holds in a store, and where each value comes from."""
    row = await _visible(session, caller, store_id)
    tell_version(response, row.version)
    return _settings_view(row, await get_company(session))


@router.patch("/v1/settings/{store_id}", tags=["settings"])
async def update_settings(
    store_id: str,
    change: Change,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: SettingsWriter,
) -> SettingsView:
    """Set thresholds of a store; If-Match names the version that was seen."""
    row, company = await change_settings(session, caller, store_id, seen=seen, change=change)
    tell_version(response, row.version)
    return _settings_view(row, company)


async def _visible(session: SessionDep, caller: Caller, store_id: str) -> StoreRow:
    row = await find_store(session, store_id) if caller.may_see(store_id) else None
    if row is None:
        raise NotFoundError(f"There is no store {store_id}.")
    return row


def _view(row: StoreRow) -> StoreView:
    return StoreView(
        store_id=row.store_id,
        name=row.name,
        platform=row.platform,
        timezone=row.timezone,
        day_start=f"{row.day_start:02}:00",
        currency=row.currency,
        groups=row.groups,
        is_open=row.is_open,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _settings_view(row: StoreRow, company: CompanySettingsRow) -> SettingsView:
    values = effective(company.settings, row.settings)
    return SettingsView(
        store_id=row.store_id,
        version=row.version,
        values={
            key: SettingValue(
                value=values[key],
                default=threshold.default,
                set_by="store"
                if key in row.settings
                else "company"
                if key in company.settings
                else "default",
                unit=threshold.unit,
                source=threshold.source,
            )
            for key, threshold in THRESHOLDS.items()
        },
    )


def _company_view(company: CompanySettingsRow) -> CompanySettingsView:
    values = effective(company.settings)
    settings = [
        ThresholdView(
            key=key,
            value=values[key],
            default=threshold.default,
            unit=threshold.unit,
            kind=threshold.kind,
            scope=threshold.scope,
            low=threshold.low,
            high=threshold.high,
            choices=list(threshold.choices),
            names={"zh": threshold.zh, "en": threshold.en},
            source=threshold.source,
        )
        for key, threshold in THRESHOLDS.items()
    ]
    return CompanySettingsView(version=company.version, settings=settings)
