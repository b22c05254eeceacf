"""Items in stores as they are stored: a constant number of statements for any number of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.listings import ListedUnit, Listing, ListingStatus
from services.inventory.repository.listings import SELLABLE
from services.inventory.tables.listings import ListingRow, ListingSkuRow
from services.inventory.tables.rows import Row
from shared.db.bulk import BulkStatement, insertion

_tables = Row.metadata.tables
_UNITS = """(
    SELECT json_agg(json_build_array(sku, price_minor, external_sku_id, reserve_on, set_aside)
                    ORDER BY sku)
    FROM listing_skus AS units
    WHERE units.store_id = listings.store_id AND units.item_id = listings.item_id
) AS units"""
_CLAIM = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
    FROM (SELECT 'listing ' || store_id || chr(10) || item_id AS name
          FROM unnest(CAST(:stores AS text[]), CAST(:items AS text[])) AS v (store_id, item_id)
          ORDER BY 1) AS wanted
""")
_FIND = text(f"""
    SELECT listings.*, {_UNITS} FROM listings
    JOIN unnest(CAST(:stores AS text[]), CAST(:items AS text[]))
         AS wanted (store_id, item_id) USING (store_id, item_id)
""")  # noqa: S608 - made of a constant
_PAGE = text(f"""
    SELECT listings.*, {_UNITS} FROM listings
    WHERE (CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[])))
      AND (CAST(:sku AS text) IS NULL OR EXISTS (
          SELECT FROM listing_skus AS units
          WHERE units.store_id = listings.store_id AND units.item_id = listings.item_id
            AND units.sku = :sku))
      AND (CAST(:status AS text) IS NULL OR status = :status)
      AND (CAST(:since AS timestamptz) IS NULL OR updated_at >= :since)
      AND (CAST(:after_moment AS timestamptz) IS NULL
           OR (updated_at, store_id || chr(10) || item_id)
            > (CAST(:after_moment AS timestamptz), CAST(:after_id AS text)))
    ORDER BY updated_at, store_id || chr(10) || item_id LIMIT :most
""")  # noqa: S608
_COLUMNS = (
    "store_id", "item_id", "title", "currency", "status", "reason", "approved_by", "version",
    "source_updated_at",
)  # fmt: skip
_PUT = insertion(
    _tables[ListingRow.__tablename__],
    _COLUMNS,
    suffix="ON CONFLICT (store_id, item_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
    + ", updated_at = now()",
)
_DROP_UNITS = text("""
    DELETE FROM listing_skus USING unnest(CAST(:stores AS text[]), CAST(:items AS text[]))
         AS wanted (store_id, item_id)
    WHERE listing_skus.store_id = wanted.store_id AND listing_skus.item_id = wanted.item_id
""")
_PUT_UNITS = insertion(
    _tables[ListingSkuRow.__tablename__],
    (
        "store_id", "item_id", "sku", "price_minor", "external_sku_id", "reserve_on", "set_aside",
    ),
)  # fmt: skip
_PUT_STORE_SKUS = BulkStatement(
    text("""
        INSERT INTO store_skus (store_id, sku, item_id, is_listed, reserve_on, set_aside)
        SELECT v.store_id, v.sku, v.item_id, EXISTS (
                   SELECT FROM listing_skus AS units JOIN listings USING (store_id, item_id)
                   WHERE units.store_id = v.store_id AND units.sku = v.sku
                     AND listings.status = 'listed'),
               v.reserve_on, v.set_aside
        FROM unnest(CAST(:store_id AS text[]), CAST(:sku AS text[]), CAST(:item_id AS text[]),
                    CAST(:reserve_on AS text[]), CAST(:set_aside AS integer[]))
             AS v (store_id, sku, item_id, reserve_on, set_aside)
        ORDER BY v.store_id, v.sku
        ON CONFLICT (store_id, sku) DO UPDATE
        SET item_id = excluded.item_id, is_listed = excluded.is_listed,
            reserve_on = excluded.reserve_on, updated_at = now()
    """),
    ("store_id", "sku", "item_id", "reserve_on", "set_aside"),
)
_STORE_SKUS = text("""
    SELECT store_skus.*, skus.title FROM store_skus JOIN skus USING (sku)
    WHERE (CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[])))
      AND (CAST(:skus AS text[]) IS NULL OR sku = ANY(CAST(:skus AS text[])))
      AND (NOT :differing OR channel_quantity <> sellable)
      AND (CAST(:after AS text) IS NULL OR store_id || chr(10) || sku > CAST(:after AS text))
    ORDER BY store_id || chr(10) || sku LIMIT :most
""")
_REPORT = BulkStatement(
    text("""
        UPDATE store_skus SET channel_quantity = v.quantity, channel_reported_at = v.at
        FROM unnest(CAST(:store_id AS text[]), CAST(:sku AS text[]), CAST(:quantity AS bigint[]),
                    CAST(:at AS timestamptz[])) AS v (store_id, sku, quantity, at)
        WHERE store_skus.store_id = v.store_id AND store_skus.sku = v.sku
    """),
    ("store_id", "sku", "quantity", "at"),
)
_LOCK_STORE_SKUS = text("""
    SELECT store_skus.* FROM store_skus
    JOIN unnest(CAST(:stores AS text[]), CAST(:items AS text[]))
         AS wanted (store_id, sku) USING (store_id, sku)
    ORDER BY store_id, sku FOR UPDATE OF store_skus
""")
_STALE = text(f"""
    WITH {SELLABLE} SELECT DISTINCT sku FROM made WHERE sellable <> previous ORDER BY sku
""")  # noqa: S608
_LISTED = text("SELECT DISTINCT sku FROM store_skus WHERE is_listed")

ItemKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Which items a list holds; None lets all pass."""

    stores: Sequence[str] | None
    sku: str | None = None
    status: str | None = None
    since: datetime | None = None


async def claim_items(session: AsyncSession, keys: Iterable[ItemKey]) -> None:
    """Let nobody else write these items until this transaction ends; before all other locks."""
    await session.execute(_CLAIM, _pairs(keys))


async def find_items(session: AsyncSession, keys: Iterable[ItemKey]) -> dict[ItemKey, Listing]:
    """Return the items of stores that are known."""
    rows = (await session.execute(_FIND, _pairs(keys))).mappings()
    return {(row["store_id"], row["item_id"]): listing_of(row) for row in rows}


async def put_items(session: AsyncSession, listings: Sequence[Listing]) -> None:
    """Store claimed items with their SKUs."""
    if not listings:
        return
    await _PUT.run(session, [_values(each) for each in listings])
    await session.execute(_DROP_UNITS, _pairs(each.key for each in listings))
    rows = [
        (
            *each.key, unit.sku, unit.price_minor, unit.external_sku_id, unit.reserve_on,
            unit.set_aside,
        )
        for each in listings
        for unit in each.units
    ]  # fmt: skip
    await _PUT_UNITS.run(session, rows)


async def put_store_skus(
    session: AsyncSession, units: Mapping[ItemKey, tuple[str, ListedUnit]]
) -> None:
    """Store by store and SKU how it is sold, of the item named; what is left aside stays.

    The terms of those that were there are locked.
    """
    rows = [
        (*key, item_id, unit.reserve_on, unit.set_aside)
        for key, (item_id, unit) in sorted(units.items())
    ]
    await _PUT_STORE_SKUS.run(session, rows)


async def page_of_items(
    session: AsyncSession,
    wanted: ListingFilter,
    after: tuple[datetime, str] | None,
    *,
    most: int,
) -> list[tuple[Listing, datetime]]:
    """Return items that pass in the order of their last change, each with when that was."""
    moment, name = after or (None, None)
    values = {
        "stores": None if wanted.stores is None else list(wanted.stores),
        "sku": wanted.sku,
        "status": wanted.status,
        "since": wanted.since,
        "after_moment": moment,
        "after_id": name,
        "most": most,
    }
    rows = (await session.execute(_PAGE, values)).mappings()
    return [(listing_of(row), row["updated_at"]) for row in rows]


async def page_of_store_skus(
    session: AsyncSession,
    *,
    stores: Sequence[str] | None,
    skus: Sequence[str] | None,
    is_differing: bool,
    after: str | None,
    most: int,
) -> Sequence[RowMapping]:
    """Return what stores may show of SKUs, by store and SKU; or only where channels differ."""
    values = {
        "stores": None if stores is None else list(stores),
        "skus": None if skus is None else list(skus),
        "differing": is_differing,
        "after": after,
        "most": most,
    }
    rows: Sequence[RowMapping] = (await session.execute(_STORE_SKUS, values)).mappings().all()
    return rows


async def lock_store_skus(
    session: AsyncSession, keys: Iterable[ItemKey]
) -> dict[ItemKey, RowMapping]:
    """Lock what stores may show of SKUs, in their order; return what is stored of each."""
    rows = (await session.execute(_LOCK_STORE_SKUS, _pairs(keys))).mappings()
    return {(row["store_id"], row["sku"]): row for row in rows}


async def note_reported(
    session: AsyncSession, rows: Sequence[tuple[str, str, int, datetime]]
) -> None:
    """Store by store and SKU what the channel says it shows, and when it did."""
    await _REPORT.run(session, rows)


async def stale_skus(session: AsyncSession) -> list[str]:
    """Return the SKUs whose listings were last told another number than they may show."""
    skus = list((await session.execute(_LISTED)).scalars())
    return list((await session.execute(_STALE, {"skus": skus})).scalars())


def listing_of(row: RowMapping) -> Listing:
    """Return the item of a row with its `units`."""
    return Listing(
        store_id=row["store_id"],
        item_id=row["item_id"],
        title=row["title"],
        currency=row["currency"],
        status=ListingStatus(row["status"]),
        units=tuple(ListedUnit(*unit) for unit in row["units"] or ()),
        reason=row["reason"],
        approved_by=row["approved_by"],
        source_updated_at=row["source_updated_at"],
        version=row["version"],
    )


def _pairs(keys: Iterable[ItemKey]) -> dict[str, list[str]]:
    wanted = sorted(set(keys))
    return {"stores": [key[0] for key in wanted], "items": [key[1] for key in wanted]}


def _values(listing: Listing) -> tuple[object, ...]:
    return (
        *listing.key,
        listing.title,
        listing.currency,
        listing.status.value,
        listing.reason,
        listing.approved_by,
        listing.version,
        listing.source_updated_at,
    )
