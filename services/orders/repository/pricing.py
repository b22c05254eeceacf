"""Price changes by staff: written with their orders, listed and summed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Select, func, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.parts import Terms
from services.orders.tables.orders import OrderRow
from services.orders.tables.pricing import PriceChangeRow
from services.orders.tables.rows import Row
from shared.db.bulk import insertion

_prices = Row.metadata.tables[PriceChangeRow.__tablename__]
_orders = Row.metadata.tables[OrderRow.__tablename__]
_WITH_ORDERS = _prices.join(_orders, _orders.c.order_id == _prices.c.order_id)

MADE_ORDER = (_prices.c.at, _prices.c.change_id)
"""Moment and id by which price changes stand."""

_OF_CHANGE = (
    "at",
    "staff",
    "reason",
    "goods_minor",
    "postage_minor",
    "total_before_minor",
    "total_after_minor",
    "original_total_minor",
)
_INSERT = insertion(_prices, ("order_id", "store_id", *_OF_CHANGE))
_values = attrgetter(*_OF_CHANGE)
_SUPERSEDE = text("""
    UPDATE price_changes SET superseded_at = now()
    WHERE order_id = ANY(CAST(:ids AS text[])) AND superseded_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class PriceFilter:
    """Which price changes a list holds; None lets all pass, `until` itself does not."""

    stores: Sequence[str] | None = None
    staff: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def put_price_changes(session: AsyncSession, changed: Sequence[Changes]) -> None:
    """Store what staff changed, and that a source gave an order another price after that."""
    ids = [changes.order.order_id for changes in changed if changes.supersedes_prices]
    if ids:
        await session.execute(_SUPERSEDE, {"ids": ids})
    rows = [
        (changes.order.order_id, changes.order.store_id, *_values(change))
        for changes in changed
        for change in changes.price_changes
    ]
    await _INSERT.run(session, rows)


def price_changes_where(wanted: PriceFilter) -> Select[Any]:
    """Return the statement that lists the price changes that pass, in no order yet."""
    return _limited(select(_prices, _orders.c.currency).select_from(_WITH_ORDERS), wanted)


async def list_price_changes(session: AsyncSession, statement: Select[Any]) -> list[RowMapping]:
    """Return the price changes of a list."""
    return list((await session.execute(statement)).mappings())


async def sum_price_changes(session: AsyncSession, wanted: PriceFilter) -> list[RowMapping]:
    """Return what was taken off by store and staff, superseded changes left out."""
    names = (_prices.c.store_id, _orders.c.currency, _prices.c.staff)
    statement = select(
        *names,
        func.count().label("changes"),
        func.sum(_prices.c.goods_minor).label("goods_minor"),
        func.sum(_prices.c.postage_minor).label("postage_minor"),
    ).select_from(_WITH_ORDERS)
    standing = _limited(statement, wanted).where(_prices.c.superseded_at.is_(None))
    found = await session.execute(standing.group_by(*names).order_by(*names))
    return list(found.mappings())


def _limited(statement: Select[Any], wanted: PriceFilter) -> Select[Any]:
    columns = _prices.c
    if wanted.stores is not None:
        statement = statement.where(columns.store_id.in_(wanted.stores))
    if wanted.staff is not None:
        statement = statement.where(columns.staff == wanted.staff)
    if wanted.since is not None:
        statement = statement.where(columns.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(columns.at < wanted.until)
    return statement


def kept_terms(terms: Terms | None) -> str | None:
    """Return what an order cost as its row keeps it."""
    return None if terms is None else msgspec.json.encode(terms).decode()


def terms_in(kept: str | None) -> Terms | None:
    """Return what an order cost from what its row keeps."""
    return None if kept is None else msgspec.json.decode(kept, type=Terms)
