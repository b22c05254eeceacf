"""Rows to events, and the one way by which directory states them."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.tables import (
    ApiKeyRow,
    CompanySettingsRow,
    RoleRow,
    SigningKeyRow,
    StaffRow,
    StoreRow,
)
from services.directory.thresholds.catalogue import effective
from shared.contracts.directory import (
    ApiKeyStated,
    RoleStated,
    SigningKeyStated,
    StaffStated,
    StoreStated,
)
from shared.contracts.envelope import Event
from shared.kernel.clock import utc_now
from shared.log.writer import state
from shared.registry.replica import keep


async def announce(session: AsyncSession, *events: Event) -> None:
    """State events, and take them into directory's own replica in the same transaction.

    So whoever was entered a moment ago is known here at once, while the others hear of it.
    """
    await state(session, *events)
    for event in events:
        await keep(session, event)


def store_stated(row: StoreRow, company: CompanySettingsRow) -> StoreStated:
    """Return a store whole, with every setting."""
    return StoreStated(
        occurred_at=utc_now(),
        store_id=row.store_id,
        name=row.name,
        platform=row.platform,
        timezone=row.timezone,
        day_start=row.day_start,
        currency=row.currency,
        groups=row.groups,
        is_open=row.is_open,
        settings=effective(company.settings, row.settings),
        version=row.version,
    )


def staff_stated(row: StaffRow) -> StaffStated:
    """Return an account whole."""
    return StaffStated(
        occurred_at=utc_now(),
        staff_number=row.staff_number,
        name=row.name,
        roles=row.roles,
        stores=row.stores,
        is_enabled=row.is_enabled,
        version=row.version,
    )


def role_stated(row: RoleRow) -> RoleStated:
    """Return a role whole."""
    return RoleStated(
        occurred_at=utc_now(),
        role=row.role,
        names=row.names,
        scopes=row.scopes,
        version=row.version,
    )


def api_key_stated(row: ApiKeyRow) -> ApiKeyStated:
    """Return an API key whole, with the hash of its secret."""
    return ApiKeyStated(
        occurred_at=utc_now(),
        key_id=row.key_id,
        name=row.name,
        secret_hash=row.secret_hash,
        scopes=row.scopes,
        stores=row.stores,
        expires_at=row.expires_at,
        is_revoked=row.is_revoked,
        version=row.version,
    )


def signing_key_stated(row: SigningKeyRow) -> SigningKeyStated:
    """Return a public key; the private one never leaves directory."""
    return SigningKeyStated(
        occurred_at=utc_now(), kid=row.kid, jwk=row.jwk, is_revoked=row.is_revoked
    )
