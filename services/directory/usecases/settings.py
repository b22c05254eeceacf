"""Changing the thresholds of a store, or of all of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.messages import announce, store_stated
from services.directory.repository import lock_company, lock_stores, share_company
from services.directory.tables import CompanySettingsRow, StoreRow
from services.directory.thresholds.catalogue import check_change, check_together, effective
from services.directory.usecases.stores import lock_visible_store
from shared.audit import differences, record_change
from shared.kernel.refusals import ForbiddenError, InvalidError
from shared.web.callers import Caller
from shared.web.problems import pointer_to
from shared.web.versions import demand_version


class SettingsInvalidError(InvalidError):
    """Settings that are not there or do not take these values."""

    kind = "settings-invalid"

    def __init__(self, wrong: Mapping[str, str]) -> None:
        errors = [
            {"pointer": pointer_to([key]), "code": self.kind, "detail": detail}
            for key, detail in wrong.items()
        ]
        super().__init__("Some settings are not valid; nothing was changed.", errors=errors)


async def change_settings(
    session: AsyncSession,
    caller: Caller,
    store_id: str,
    *,
    seen: int | None,
    change: Mapping[str, Any],
) -> tuple[StoreRow, CompanySettingsRow]:
    """Set thresholds of a store whose version was seen; None takes one back.

    Raises `NotFoundError`, `VersionMissingError`, `VersionStaleError`, `SettingsInvalidError`.
    """
    company = await share_company(session)
    row = await lock_visible_store(session, caller, store_id)
    demand_version(seen, row.version)
    _demand(check_change(change, is_company=False))
    layer = _changed(row.settings, change)
    _demand(check_together(effective(company.settings, layer)))
    if layer == row.settings:
        return row, company
    before, after = differences(row.settings, layer)
    row.settings = layer
    row.version += 1
    await session.flush()
    await record_change(
        session,
        caller=caller.name,
        action="settings.changed",
        subject=store_id,
        store_id=store_id,
        before=before,
        after=after,
    )
    await announce(session, store_stated(row, company))
    return row, company


async def change_company_settings(
    session: AsyncSession, caller: Caller, *, seen: int | None, change: Mapping[str, Any]
) -> CompanySettingsRow:
    """Set thresholds for the company, and state every store anew; None takes one back.

    Raises `ForbiddenError` for a caller of some stores only, `VersionMissingError`,
    `VersionStaleError`, `SettingsInvalidError`.
    """
    if caller.stores is not None:
        raise ForbiddenError("Only who has all stores sets something for all of them.")
    company = await lock_company(session)
    demand_version(seen, company.version)
    _demand(check_change(change, is_company=True))
    layer = _changed(company.settings, change)
    stores = await lock_stores(session)
    for settings in ({}, *(store.settings for store in stores)):
        _demand(check_together(effective(layer, settings)))
    if layer == company.settings:
        return company
    before, after = differences(company.settings, layer)
    company.settings = layer
    company.version += 1
    for store in stores:
        store.version += 1
    await session.flush()
    await record_change(
        session,
        caller=caller.name,
        action="company_settings.changed",
        subject="company",
        store_id=None,
        before=before,
        after=after,
    )
    await announce(session, *(store_stated(store, company) for store in stores))
    return company


def _changed(layer: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**layer, **change}
    return {key: value for key, value in merged.items() if value is not None}


def _demand(wrong: Mapping[str, str]) -> None:
    if wrong:
        raise SettingsInvalidError(wrong)
