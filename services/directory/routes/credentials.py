"""API keys, tokens, and the keys that sign them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security

from services.directory.repository import last_uses, list_api_keys, signing_keys
from services.directory.schemas import (
    ApiKeyView,
    IssuedApiKey,
    IssuedToken,
    KeyRotation,
    NewApiKey,
    NewToken,
    SigningKeyView,
)
from services.directory.tables import ApiKeyRow
from services.directory.usecases.credentials import (
    issue_api_key,
    issue_token,
    revoke_api_key,
    rotate_signing_key,
)
from shared.web.callers import Caller, require
from shared.web.idempotency import demand_idempotency_key
from shared.web.pages import Page, PageQuery, Position, cut_page
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["credentials"])

KeyReader = Annotated[Caller, Security(require("keys:read"))]
KeyWriter = Annotated[Caller, Security(require("keys:write"))]
TokenWriter = Annotated[Caller, Security(require("tokens:write"))]
Administrator = Annotated[Caller, Security(require("admin"))]


@router.post("/v1/api-keys", status_code=201, dependencies=[Depends(demand_idempotency_key)])
async def create_api_key(new: NewApiKey, session: SessionDep, caller: KeyWriter) -> IssuedApiKey:
    """Issue an API key; `key` is shown this once. Two keys can be valid during a rotation."""
    row, credential = await issue_api_key(session, caller, new)
    return IssuedApiKey(**_view(row, None).model_dump(), key=credential)


@router.get("/v1/api-keys")
async def list_all_api_keys(
    query: Annotated[PageQuery, Query()], session: SessionDep, caller: KeyReader
) -> Page[ApiKeyView]:
    """List the API keys whose stores are all the caller's, revoked ones too."""
    rows = await list_api_keys(session, query, caller.limit(None))
    page, cursor = cut_page(rows, query.limit, lambda row: Position(row.updated_at, row.key_id))
    uses = await last_uses(session, [row.key_id for row in page])
    return Page(items=[_view(row, uses.get(row.key_id)) for row in page], next_cursor=cursor)


@router.post("/v1/api-keys/{key_id}/revocation")
async def revoke(key_id: str, session: SessionDep, caller: KeyWriter) -> ApiKeyView:
    """Revoke an API key: it stops everywhere within a second."""
    row = await revoke_api_key(session, caller, key_id)
    return _view(row, (await last_uses(session, [key_id])).get(key_id))


@router.post("/v1/tokens", status_code=201)
async def create_token(
    new: NewToken, request: Request, session: SessionDep, caller: TokenWriter
) -> IssuedToken:
    """Issue a token to a member of staff; it allows no more than issuer and bearer may do."""
    token, expires_at = await issue_token(session, caller, new, request.app.state.key_sealer)
    return IssuedToken(token=token, expires_at=expires_at)


@router.post(
    "/v1/signing-keys:rotation", status_code=201, dependencies=[Depends(demand_idempotency_key)]
)
async def rotate(
    how: KeyRotation, request: Request, session: SessionDep, caller: Administrator
) -> SigningKeyView:
    """Make a new key that signs tokens; on demand the tokens of the old ones end at once."""
    row = await rotate_signing_key(
        session, caller, request.app.state.key_sealer, withdraw_old=how.withdraw_old
    )
    return SigningKeyView(kid=row.kid)


@router.get("/v1/jwks")
async def show_signing_keys(session: SessionDep) -> dict[str, list[dict[str, Any]]]:
    """Show the public keys that verify issued tokens, as a JSON Web Key Set; needs no scope."""
    return {"keys": [row.jwk for row in await signing_keys(session)]}


def _view(row: ApiKeyRow, last_used_at: datetime | None) -> ApiKeyView:
    return ApiKeyView(
        key_id=row.key_id,
        name=row.name,
        scopes=row.scopes,
        stores=row.stores,
        expires_at=row.expires_at,
        is_revoked=row.is_revoked,
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=last_used_at,
    )
