"""Staff and roles."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, Security

from services.directory.repository import find_role, find_staff, list_roles, list_staff
from services.directory.schemas import (
    Code,
    EnteredStaff,
    NewStaff,
    RoleGrant,
    RoleView,
    StaffChange,
    StaffQuery,
    StaffView,
)
from services.directory.tables import RoleRow, StaffRow
from services.directory.usecases.accounts import (
    authority_of,
    change_staff,
    disable_staff,
    enter_staff,
    set_role,
)
from shared.kernel.refusals import NotFoundError
from shared.web.callers import Caller, require
from shared.web.pages import Page, Position, cut_page
from shared.web.transactional import SessionDep, TransactionalRoute
from shared.web.versions import SeenVersion, tell_version

router = APIRouter(route_class=TransactionalRoute, tags=["staff"])

StaffReader = Annotated[Caller, Security(require("staff:read"))]
StaffWriter = Annotated[Caller, Security(require("staff:write"))]
RoleWriter = Annotated[Caller, Security(require("roles:write"))]


@router.post("/v1/staff", status_code=201)
async def create_staff(
    new: NewStaff, response: Response, session: SessionDep, caller: StaffWriter
) -> EnteredStaff:
    """Enter a member of staff; the same content again is `unchanged` (200), other content 409."""
    row, outcome = await enter_staff(session, caller, new)
    response.status_code = 201 if outcome == "created" else 200
    tell_version(response, row.version)
    return EnteredStaff(**_view(row).model_dump(), outcome=outcome)


@router.get("/v1/staff")
async def list_all_staff(
    query: Annotated[StaffQuery, Query()], session: SessionDep, caller: StaffReader
) -> Page[StaffView]:
    """List the accounts whose stores are all the caller's."""
    rows = await list_staff(session, query, caller.limit(None))
    page, cursor = cut_page(
        rows, query.limit, lambda row: Position(row.updated_at, row.staff_number)
    )
    return Page(items=[_view(row) for row in page], next_cursor=cursor)


@router.get("/v1/staff/{staff_number}")
async def show_staff(
    staff_number: str, response: Response, session: SessionDep, caller: StaffReader
) -> StaffView:
    """Show an account."""
    row = await find_staff(session, staff_number)
    if row is None or not authority_of(caller).sees(row.stores):
        raise NotFoundError(f"There is no staff number {staff_number}.")
    tell_version(response, row.version)
    return _view(row)


@router.patch("/v1/staff/{staff_number}")
async def update_staff(
    staff_number: str,
    change: StaffChange,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: StaffWriter,
) -> StaffView:
    """Change an account; If-Match names the version that was seen."""
    row = await change_staff(session, caller, staff_number, seen=seen, change=change)
    tell_version(response, row.version)
    return _view(row)


@router.post("/v1/staff/{staff_number}/disabling")
async def disable(
    staff_number: str, response: Response, session: SessionDep, caller: StaffWriter
) -> StaffView:
    """Disable an account: its tokens end within a second, everywhere."""
    row = await disable_staff(session, caller, staff_number)
    tell_version(response, row.version)
    return _view(row)


@router.get("/v1/roles")
async def list_all_roles(session: SessionDep, caller: StaffReader) -> Page[RoleView]:
    """List the roles and what they allow."""
    del caller
    return Page(items=[_role(row) for row in await list_roles(session)], next_cursor=None)


@router.get("/v1/roles/{role}")
async def show_role(
    role: str, response: Response, session: SessionDep, caller: StaffReader
) -> RoleView:
    """Show a role."""
    del caller
    row = await find_role(session, role)
    if row is None:
        raise NotFoundError(f"There is no role {role}.")
    tell_version(response, row.version)
    return _role(row)


@router.put("/v1/roles/{role}")
async def update_role(
    role: Annotated[Code, Path()],
    grant: RoleGrant,
    seen: SeenVersion,
    response: Response,
    session: SessionDep,
    caller: RoleWriter,
) -> RoleView:
    """Set what a role allows; one that is there needs If-Match."""
    row = await set_role(session, caller, role, seen=seen, grant=grant)
    tell_version(response, row.version)
    return _role(row)


def _view(row: StaffRow) -> StaffView:
    return StaffView(
        staff_number=row.staff_number,
        name=row.name,
        roles=row.roles,
        stores=row.stores,
        is_enabled=row.is_enabled,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _role(row: RoleRow) -> RoleView:
    return RoleView(role=row.role, names=row.names, scopes=row.scopes, version=row.version)
