"""`/v1/webhooks/{service}`: endpoints, their secrets, the log of deliveries, replays."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, Security

from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.idempotency import demand_idempotency_key
from shared.web.pages import BadCursorError, Page, Position, cut_page, decode_cursor
from shared.web.pages import PageQuery as EndpointsQuery
from shared.web.transactional import SessionDep, TransactionalRoute
from shared.web.versions import SeenVersion, demand_version, tell_version
from shared.webhooks.addresses import AddressRules, demand_reachable, parse_url
from shared.webhooks.attempts import AttemptQuery, LoggedAttempt, list_attempts
from shared.webhooks.endpoints import (
    Endpoint,
    find_endpoint,
    list_endpoints,
    lock_endpoint,
    offered_types,
)
from shared.webhooks.registering import (
    change,
    check_stores,
    check_types,
    demand_readable,
    record,
    register,
    remove,
    rotate,
)
from shared.webhooks.replaying import queue_test, replay_events, replay_failed, replay_period
from shared.webhooks.schemas import (
    DeliveriesQuery,
    DeliveryView,
    EndpointChange,
    EndpointView,
    EndpointWithSecret,
    NewEndpoint,
    QueuedTest,
    Replay,
    ReplayedView,
    endpoint_view,
)

Reading = Annotated[Caller, Security(require("webhooks:read"))]
Writing = Annotated[Caller, Security(require("webhooks:write"))]
_KEYED = [Depends(demand_idempotency_key)]


def webhooks_router(service: str) -> APIRouter:
    """Return the routes over who is sent the events of a service; every change is audited."""
    router = APIRouter(route_class=TransactionalRoute, tags=["webhooks"])
    path = f"/v1/webhooks/{service}"
    _add_endpoints(router, service, path)
    _add_changes(router, service, path + "/{endpoint_id}")
    _add_deliveries(router, service, path + "/{endpoint_id}")
    return router


def _add_endpoints(router: APIRouter, service: str, path: str) -> None:
    @router.post(path, status_code=201, dependencies=_KEYED)
    async def register_webhook(
        new: NewEndpoint, request: Request, response: Response, session: SessionDep, caller: Writing
    ) -> EndpointWithSecret:
        """Register an endpoint for events from now on; `secret` is shown this once."""
        demand_readable(service, caller)
        values = {
            "url": await _checked_url(request, new.url),
            "types": check_types(service, new.types),
            "stores": await check_stores(session, new.stores, caller),
            "description": new.description,
        }
        state = request.app.state
        endpoint, secret = await register(session, caller, values, state.personal)
        response.headers["Location"] = f"{path}/{endpoint.endpoint_id}"
        tell_version(response, endpoint.version)
        return _with_secret(endpoint, secret)

    @router.get(path)
    async def list_webhooks(
        query: Annotated[EndpointsQuery, Query()], session: SessionDep, caller: Reading
    ) -> Page[EndpointView]:
        """List endpoints whose stores are all the caller's."""
        after = decode_cursor(query.cursor)
        rows = await list_endpoints(session, caller, after=after, limit=query.limit + 1)
        page, cursor = cut_page(rows, query.limit, _place_of)
        return Page(items=[endpoint_view(row, utc_now()) for row in page], next_cursor=cursor)

    @router.get(path + "/{endpoint_id}")
    async def show_webhook(
        endpoint_id: str, response: Response, session: SessionDep, caller: Reading
    ) -> EndpointView:
        """Show an endpoint."""
        endpoint = await find_endpoint(session, endpoint_id, caller)
        tell_version(response, endpoint.version)
        return endpoint_view(endpoint, utc_now())


def _add_changes(router: APIRouter, service: str, path: str) -> None:
    @router.patch(path)
    async def change_webhook(  # noqa: PLR0913, PLR0917 - what a changing route is given
        endpoint_id: str,
        body: EndpointChange,
        seen: SeenVersion,
        request: Request,
        response: Response,
        session: SessionDep,
        caller: Writing,
    ) -> EndpointView:
        """Change an endpoint; enabled again it goes on where it stood."""
        demand_readable(service, caller)
        values = body.model_dump(exclude_unset=True)
        if "enabled" in values:
            values["is_enabled"] = values.pop("enabled")
        if "url" in values:  # looked up before the row is locked
            values["url"] = await _checked_url(request, values["url"])
        if "types" in values:
            values["types"] = check_types(service, values["types"])
        if "stores" in values:
            values["stores"] = await check_stores(session, values["stores"], caller)
        endpoint = await lock_endpoint(session, endpoint_id, caller)
        demand_version(seen, endpoint.version)
        changed = await change(session, caller, endpoint, values)
        tell_version(response, changed.version)
        return endpoint_view(changed, utc_now())

    @router.delete(path, status_code=204)
    async def delete_webhook(endpoint_id: str, session: SessionDep, caller: Writing) -> None:
        """Delete an endpoint, with what is queued for it and its log."""
        await remove(session, caller, await lock_endpoint(session, endpoint_id, caller))

    @router.post(path + "/secret", dependencies=_KEYED)
    async def rotate_webhook_secret(
        endpoint_id: str, request: Request, response: Response, session: SessionDep, caller: Writing
    ) -> EndpointWithSecret:
        """Make another secret, shown this once; the former one signs too for a day."""
        endpoint = await lock_endpoint(session, endpoint_id, caller)
        state = request.app.state
        overlap = timedelta(hours=state.settings.webhooks_overlap_hours)
        changed, secret = await rotate(session, caller, endpoint, state.personal, overlap=overlap)
        tell_version(response, changed.version)
        return _with_secret(changed, secret)


def _add_deliveries(router: APIRouter, service: str, path: str) -> None:
    offered = offered_types(service)

    @router.get(path + "/deliveries")
    async def list_deliveries(
        endpoint_id: str,
        query: Annotated[DeliveriesQuery, Query()],
        session: SessionDep,
        caller: Reading,
    ) -> Page[DeliveryView]:
        """List attempts, newest first."""
        await find_endpoint(session, endpoint_id, caller)
        position = decode_cursor(query.cursor)
        if position is not None and not isinstance(position.id, int):
            raise BadCursorError("This cursor was not given out by this list.")
        before_id = None if position is None else int(position.id)
        asked = AttemptQuery(failed=query.failed, event_id=query.event_id, since=query.since)
        found = await list_attempts(
            session, endpoint_id, asked, before_id=before_id, limit=query.limit + 1
        )
        page, cursor = cut_page(found, query.limit, lambda row: Position(row.attempted_at, row.id))
        return Page(items=[_delivery(row) for row in page], next_cursor=cursor)

    @router.post(path + "/replays", status_code=202, dependencies=_KEYED)
    async def replay_deliveries(
        endpoint_id: str, body: Replay, session: SessionDep, caller: Writing
    ) -> ReplayedView:
        """Send events once more under their ids, or such as came before the endpoint."""
        demand_readable(service, caller)
        endpoint = await lock_endpoint(session, endpoint_id, caller)
        now = utc_now()
        if body.event_ids is not None:
            queued = await replay_events(
                session, endpoint, body.event_ids, offered=offered, now=now
            )
        elif body.since is not None and body.until is not None:
            queued = await replay_period(
                session, endpoint, body.since, body.until, offered=offered, now=now
            )
        else:
            queued = await replay_failed(session, endpoint, now=now)
        asked: dict[str, Any] = body.model_dump(exclude_none=True)
        after = {**asked, "queued": queued}
        await record(session, caller, "webhook.replayed", endpoint, after=after)
        return ReplayedView(queued=queued)

    @router.post(path + "/test", status_code=202, dependencies=_KEYED)
    async def send_test(endpoint_id: str, session: SessionDep, caller: Writing) -> QueuedTest:
        """Send an event that nothing happened for, of type `webhooks.test.v1`."""
        endpoint = await lock_endpoint(session, endpoint_id, caller)
        event_id = await queue_test(session, endpoint, now=utc_now())
        await record(session, caller, "webhook.tested", endpoint, after={"event_id": event_id})
        return QueuedTest(event_id=event_id)


async def _checked_url(request: Request, text: str) -> str:
    rules = AddressRules.of(request.app.state.settings)
    await demand_reachable(parse_url(text, rules), rules)
    return text


def _place_of(endpoint: Endpoint) -> Position:
    return Position(endpoint.created_at, endpoint.endpoint_id)


def _with_secret(endpoint: Endpoint, secret: str) -> EndpointWithSecret:
    shown = endpoint_view(endpoint, utc_now()).model_dump()
    return EndpointWithSecret(**shown, secret=secret)


def _delivery(row: LoggedAttempt) -> DeliveryView:
    return DeliveryView(
        event_id=row.message_id,
        **{name: getattr(row, name) for name in DeliveryView.model_fields if name != "event_id"},
    )
