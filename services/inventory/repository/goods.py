"""SKUs as they are stored: a constant number of statements for any number of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.goods import Component, Goods, Sku
from services.inventory.tables.goods import ComponentRow, SkuRow
from services.inventory.tables.rows import Row
from shared.db.bulk import BulkStatement, insertion

_tables = Row.metadata.tables
_SELECT = """
    SELECT skus.*, (
        SELECT json_agg(json_build_array(component, quantity) ORDER BY place)
        FROM sku_components WHERE sku_components.sku = skus.sku
    ) AS components
    FROM skus
"""
_FIND = text(f"{_SELECT} WHERE sku = ANY(CAST(:skus AS text[]))")
_LOCK = text("""
    SELECT sku FROM skus
    WHERE sku = ANY(CAST(:skus AS text[])) OR barcode = ANY(CAST(:barcodes AS text[]))
    ORDER BY sku FOR UPDATE
""")
_PAGE = text(f"""
    {_SELECT}
    WHERE (CAST(:skus AS text[]) IS NULL OR sku = ANY(CAST(:skus AS text[])))
      AND (CAST(:item_number AS text) IS NULL OR item_number = :item_number)
      AND (CAST(:barcode AS text) IS NULL OR barcode = :barcode)
      AND (CAST(:since AS timestamptz) IS NULL OR updated_at >= :since)
      AND (CAST(:after_moment AS timestamptz) IS NULL
           OR (updated_at, sku) > (CAST(:after_moment AS timestamptz), CAST(:after_id AS text)))
    ORDER BY updated_at, sku LIMIT :most
""")
_COLUMNS = (
    "sku",
    "item_number",
    "title",
    "size",
    "colour",
    "barcode",
    "category",
    "weight_grams",
    "is_active",
    "version",
    "source_updated_at",
)
_PUT = insertion(
    _tables[SkuRow.__tablename__],
    _COLUMNS,
    suffix="ON CONFLICT (sku) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
    + ", updated_at = now()",
)
_DROP_COMPONENTS = text("DELETE FROM sku_components WHERE sku = ANY(CAST(:skus AS text[]))")
_PUT_COMPONENTS = insertion(
    _tables[ComponentRow.__tablename__], ("sku", "component", "place", "quantity")
)
_NOTE_RECEIVED = BulkStatement(
    text("""
        UPDATE skus SET cost_minor = coalesce(v.cost, skus.cost_minor),
                        currency = coalesce(v.currency, skus.currency),
                        first_received_at = least(skus.first_received_at, v.at),
                        version = version + 1, updated_at = now()
        FROM unnest(CAST(:sku AS text[]), CAST(:cost AS bigint[]), CAST(:currency AS text[]),
                    CAST(:at AS timestamptz[])) AS v (sku, cost, currency, at)
        WHERE skus.sku = v.sku AND (
            skus.first_received_at IS NULL OR skus.first_received_at > v.at
            OR (v.cost, v.currency) IS DISTINCT FROM (skus.cost_minor, skus.currency)
               AND v.cost IS NOT NULL
        ) RETURNING skus.sku
    """),
    ("sku", "cost", "currency", "at"),
)


@dataclass(frozen=True, slots=True)
class SkuFilter:
    """Which SKUs a list holds; None lets all pass."""

    skus: Sequence[str] | None = None
    item_number: str | None = None
    barcode: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """That pieces of a SKU came in, at what price for one."""

    sku: str
    cost_minor: int | None
    currency: str | None
    at: datetime


async def find_skus(session: AsyncSession, skus: Iterable[str]) -> dict[str, Sku]:
    """Return the SKUs of these codes that are known."""
    rows = (await session.execute(_FIND, {"skus": sorted(set(skus))})).mappings()
    return {row["sku"]: sku_of(row) for row in rows}


async def lock_skus(
    session: AsyncSession, skus: Iterable[str], barcodes: Iterable[str]
) -> dict[str, Sku]:
    """Lock the SKUs of these codes or barcodes that are known, in the order of their codes."""
    values = {"skus": sorted(set(skus)), "barcodes": sorted(set(barcodes))}
    locked = (await session.execute(_LOCK, values)).scalars()
    return await find_skus(session, locked)


async def put_skus(session: AsyncSession, skus: Sequence[Sku]) -> None:
    """Store SKUs, new ones and locked ones, with their components."""
    in_order = sorted(skus, key=lambda each: each.goods.sku)
    await _PUT.run(session, [_values(each) for each in in_order])
    await session.execute(_DROP_COMPONENTS, {"skus": [each.goods.sku for each in in_order]})
    rows = [
        (each.goods.sku, part.sku, place, part.quantity)
        for each in in_order
        for place, part in enumerate(each.goods.components)
    ]
    await _PUT_COMPONENTS.run(session, rows)


async def note_received(session: AsyncSession, received: Sequence[Received]) -> list[str]:
    """Note the latest price and the first arrival of SKUs; return those of which that is news.

    Each SKU stands there once. Their rows are locked by it, in their order.
    """
    rows = sorted((each.sku, each.cost_minor, each.currency, each.at) for each in received)
    if rows:
        await session.execute(_LOCK, {"skus": [row[0] for row in rows], "barcodes": []})
    return sorted(await _NOTE_RECEIVED.run(session, rows))


async def page_of_skus(
    session: AsyncSession,
    wanted: SkuFilter,
    after: tuple[datetime, str] | None,
    *,
    most: int,
) -> list[tuple[Sku, datetime]]:
    """Return SKUs that pass in the order of their last change, each with when that was."""
    moment, code = after or (None, None)
    values = {
        "skus": None if wanted.skus is None else list(wanted.skus),
        "item_number": wanted.item_number,
        "barcode": wanted.barcode,
        "since": wanted.since,
        "after_moment": moment,
        "after_id": code,
        "most": most,
    }
    rows = (await session.execute(_PAGE, values)).mappings()
    return [(sku_of(row), row["updated_at"]) for row in rows]


def sku_of(row: RowMapping) -> Sku:
    """Return the SKU of a row with its `components`."""
    return Sku(
        goods=Goods(
            sku=row["sku"],
            item_number=row["item_number"],
            title=row["title"],
            size=row["size"],
            colour=row["colour"],
            barcode=row["barcode"],
            category=row["category"],
            weight_grams=row["weight_grams"],
            components=tuple(Component(*part) for part in row["components"] or ()),
            is_active=row["is_active"],
        ),
        version=row["version"],
        source_updated_at=row["source_updated_at"],
        cost_minor=row["cost_minor"],
        currency=row["currency"],
        first_received_at=row["first_received_at"],
    )


def _values(sku: Sku) -> tuple[object, ...]:
    goods = sku.goods
    return (
        goods.sku,
        goods.item_number,
        goods.title,
        goods.size,
        goods.colour,
        goods.barcode,
        goods.category,
        goods.weight_grams,
        goods.is_active,
        sku.version,
        sku.source_updated_at,
    )
