"""What a store sets of freight: templates, and where couriers deliver."""

from typing import Annotated

from fastapi import APIRouter, Response, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.reconciling import Outcome
from services.orders.repository.freight import StoredTemplate, couriers_of, templates_of
from services.orders.schemas.freight import (
    CourierBody,
    CourierName,
    CourierView,
    TemplateBody,
    TemplateName,
    TemplateView,
    courier_of,
    courier_view,
    template_of,
    template_view,
)
from services.orders.usecases import freight
from shared.registry.stores import Store, StoreUnknownError, find_stores, wait_for_stores
from shared.web.bodies import StoreId
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute
from shared.web.versions import SeenVersion, tell_version

router = APIRouter(route_class=TransactionalRoute, tags=["freight"])

Reader = Annotated[Caller, Security(require("settings:read"))]
Writer = Annotated[Caller, Security(require("settings:write"))]


@router.get("/v1/freight-templates/{store_id}")
async def list_freight_templates(
    store_id: StoreId, session: SessionDep, caller: Reader
) -> list[TemplateView]:
    """List the freight templates of a store by name."""
    store = await _read_store(session, caller, store_id)
    return [_view(store, each) for each in await templates_of(session, store_id)]


@router.get("/v1/freight-templates/{store_id}/{template}")
async def show_freight_template(
    store_id: StoreId,
    template: TemplateName,
    response: Response,
    session: SessionDep,
    caller: Reader,
) -> TemplateView:
    """Show a freight template."""
    store = await _read_store(session, caller, store_id)
    stored = await freight.show_template(session, store_id, template)
    tell_version(response, stored.version)
    return _view(store, stored)


@router.put("/v1/freight-templates/{store_id}/{template}")
async def set_freight_template(  # noqa: PLR0913 - two names, what was seen, the body
    store_id: StoreId,
    template: TemplateName,
    body: TemplateBody,
    *,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: Writer,
) -> TemplateView:
    """Set a freight template (运费模板): a new one, or in place of the version of If-Match."""
    store = await _written_store(session, caller, store_id)
    stored, outcome = await freight.set_template(
        session,
        caller,
        store_id,
        template=template_of(template, body, store.currency),
        skus=body.skus,
        seen=seen,
    )
    response.status_code = 201 if outcome is Outcome.CREATED else 200
    tell_version(response, stored.version)
    return _view(store, stored)


@router.delete("/v1/freight-templates/{store_id}/{template}", status_code=204)
async def delete_freight_template(
    store_id: StoreId,
    template: TemplateName,
    seen: SeenVersion,
    session: SessionDep,
    caller: Writer,
) -> None:
    """Delete a freight template; orders keep what was reckoned by it."""
    caller.demand_store(store_id)
    await freight.drop_template(session, caller, store_id, name=template, seen=seen)


@router.get("/v1/couriers/{store_id}")
async def list_couriers(
    store_id: StoreId, session: SessionDep, caller: Reader
) -> list[CourierView]:
    """List the couriers of a store by name; one that is not among them delivers everywhere."""
    await _read_store(session, caller, store_id)
    found = await couriers_of(session, store_id)
    return [courier_view(store_id, each.courier, each.version) for each in found]


@router.get("/v1/couriers/{store_id}/{courier}")
async def show_courier(
    store_id: StoreId, courier: CourierName, response: Response, session: SessionDep, caller: Reader
) -> CourierView:
    """Show where a courier delivers."""
    caller.demand_store(store_id)
    stored = await freight.show_courier(session, store_id, courier)
    tell_version(response, stored.version)
    return courier_view(store_id, stored.courier, stored.version)


@router.put("/v1/couriers/{store_id}/{courier}")
async def set_courier(  # noqa: PLR0913 - two names, what was seen, the body
    store_id: StoreId,
    courier: CourierName,
    body: CourierBody,
    *,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: Writer,
) -> CourierView:
    """Set where a courier delivers: a new one, or in place of the version of If-Match."""
    await _written_store(session, caller, store_id)
    told = courier_of(courier, body)
    stored, outcome = await freight.set_courier(session, caller, store_id, courier=told, seen=seen)
    response.status_code = 201 if outcome is Outcome.CREATED else 200
    tell_version(response, stored.version)
    return courier_view(store_id, stored.courier, stored.version)


@router.delete("/v1/couriers/{store_id}/{courier}", status_code=204)
async def delete_courier(
    store_id: StoreId, courier: CourierName, seen: SeenVersion, session: SessionDep, caller: Writer
) -> None:
    """Delete a courier; it delivers everywhere then."""
    caller.demand_store(store_id)
    await freight.drop_courier(session, caller, store_id, name=courier, seen=seen)


def _view(store: Store, stored: StoredTemplate) -> TemplateView:
    return template_view(
        store.store_id, stored.template, stored.skus, stored.version, currency=store.currency
    )


async def _read_store(session: AsyncSession, caller: Caller, store_id: str) -> Store:
    caller.demand_store(store_id)
    store = (await find_stores(session, [store_id])).get(store_id)
    if store is None:
        raise StoreUnknownError(f"Store {store_id} is not known.", store_id=store_id)
    return store


async def _written_store(session: AsyncSession, caller: Caller, store_id: str) -> Store:
    caller.demand_store(store_id)
    return (await wait_for_stores(session, [store_id], pointer=None))[store_id]
