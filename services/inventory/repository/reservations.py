"""Reservations as they are stored: locked in the order of their ids, before any level."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Key
from services.inventory.domain.reservations import Reservation
from services.inventory.tables.reservations import ReservationRow
from services.inventory.tables.rows import Row
from shared.db.bulk import BulkStatement

table = Row.metadata.tables[ReservationRow.__tablename__]

Checkout = tuple[str, str]
"""A store, and the number of the order to come."""

_CLAIM = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
    FROM (SELECT unnest(CAST(:names AS text[])) AS name ORDER BY 1) AS wanted
""")
_LOCK = text("""
    SELECT * FROM reservations WHERE reservation_id = ANY(ARRAY(
        SELECT reservation_id FROM reservations WHERE order_id = ANY(CAST(:orders AS text[]))
        UNION
        SELECT unnest(CAST(:ids AS text[]))
        UNION
        SELECT reservation_id FROM reservations
        JOIN unnest(CAST(:stores AS text[]), CAST(:external_ids AS text[]))
             AS wanted (store_id, external_id) USING (store_id, external_id)
    )) ORDER BY reservation_id FOR UPDATE
""")
_DUE = text("""
    SELECT reservation_id FROM reservations
    WHERE status = 'held' AND expires_at <= now()
    ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED
""")
_RETRIABLE = text("""
    SELECT reservation_id FROM reservations
    WHERE status = 'rejected' AND is_paid AND EXISTS (
        SELECT FROM jsonb_array_elements(wanted) AS line
        JOIN stock_balances ON stock_balances.sku = line ->> 'sku' OR stock_balances.sku IN (
            SELECT component FROM sku_components WHERE sku_components.sku = line ->> 'sku')
        WHERE stock_balances.updated_at > reservations.updated_at
    )
    ORDER BY created_at, reservation_id LIMIT :most FOR UPDATE SKIP LOCKED
""")
_ARRAYS = {
    "reservation_id": "text",
    "store_id": "text",
    "order_id": "text",
    "case_id": "text",
    "external_id": "text",
    "status": "text",
    "reserve_on": "text",
    "wanted": "text",
    "lines": "text",
    "short": "text",
    "reason": "text",
    "expires_at": "timestamptz",
    "refunds": "text",
    "is_paid": "boolean",
    "version": "integer",
}
_CASTS = {"wanted": "jsonb", "lines": "jsonb", "short": "jsonb", "refunds": "text[]"}
_NAMES = ", ".join(_ARRAYS)
_PUT = BulkStatement(
    text(f"""
        INSERT INTO reservations ({_NAMES})
        SELECT {", ".join(f"{n}::{_CASTS[n]}" if n in _CASTS else n for n in _ARRAYS)}
        FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _ARRAYS.items())})
             AS v ({_NAMES})
        ON CONFLICT (reservation_id) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in list(_ARRAYS)[1:])},
            updated_at = now()
    """),  # noqa: S608 - names of our own
    tuple(_ARRAYS),
)
_PROMISED = text("""
    SELECT DISTINCT part ->> 'warehouse_id' AS warehouse_id, part ->> 'sku' AS sku, store_id,
           coalesce(order_id, reservation_id) AS order_id, created_at
    FROM reservations, jsonb_array_elements(lines) AS line,
         jsonb_array_elements(line -> 'parts') AS part
    WHERE status IN ('held', 'confirmed') AND (part ->> 'open')::bigint > 0
      AND (part ->> 'warehouse_id', part ->> 'sku') IN (
          SELECT * FROM unnest(CAST(:warehouses AS text[]), CAST(:skus AS text[])))
    ORDER BY created_at DESC, order_id
""")
_NATIVE = (datetime,)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """Which reservations a list holds; None lets all pass, in `values` too."""

    stores: Sequence[str] | None = None
    values: dict[str, Any] = field(default_factory=dict)


async def claim_checkouts(session: AsyncSession, checkouts: Iterable[Checkout]) -> None:
    """Let nobody else make a reservation under these numbers until this transaction ends.

    Before anything else is locked; what was made meanwhile is seen by the next statement.
    """
    names = sorted(f"checkout {store_id}\n{number}" for store_id, number in set(checkouts))
    if names:
        await session.execute(_CLAIM, {"names": names})


async def lock_reservations(
    session: AsyncSession,
    *,
    orders: Iterable[str] = (),
    ids: Iterable[str] = (),
    checkouts: Iterable[Checkout] = (),
) -> list[Reservation]:
    """Lock the reservations of orders, of these ids and of checkouts, in the order of their ids."""
    claimed = sorted(set(checkouts))
    values = {
        "orders": sorted(set(orders)),
        "ids": sorted(set(ids)),
        "stores": [each[0] for each in claimed],
        "external_ids": [each[1] for each in claimed],
    }
    rows = (await session.execute(_LOCK, values)).mappings()
    return [reservation_of(row) for row in rows]


async def take_due(session: AsyncSession, *, most: int) -> list[str]:
    """Lock the reservations that are past their time; what others hold comes later."""
    return list((await session.execute(_DUE, {"most": most})).scalars())


async def take_retriable(session: AsyncSession, *, most: int) -> list[str]:
    """Lock the reservations of paid orders that fell short and whose levels changed since.

    Those that fell short first come first.
    """
    return list((await session.execute(_RETRIABLE, {"most": most})).scalars())


async def put_reservations(session: AsyncSession, reservations: Iterable[Reservation]) -> None:
    """Store reservations, new ones and locked ones."""
    in_order = sorted(reservations, key=lambda each: each.reservation_id)
    await _PUT.run(session, [_values(each) for each in in_order])


async def orders_promised(
    session: AsyncSession, keys: Iterable[Key]
) -> dict[Key, list[tuple[str, str]]]:
    """Return by level the stores and orders to which its pieces are promised, the latest first."""
    wanted = sorted(keys)
    values = {
        "warehouses": [key.warehouse_id for key in wanted],
        "skus": [key.sku for key in wanted],
    }
    found: defaultdict[Key, list[tuple[str, str]]] = defaultdict(list)
    for row in await session.execute(_PROMISED, values):
        found[Key(row.warehouse_id, row.sku)].append((row.store_id, row.order_id))
    return found


def where(wanted: ReservationFilter) -> Select[Any]:
    """Return the statement that lists the reservations that pass, in no order yet."""
    statement = select(table)
    if wanted.stores is not None:
        statement = statement.where(table.c.store_id.in_(wanted.stores))
    for name, value in wanted.values.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    return statement


async def listed(
    session: AsyncSession, statement: Select[Any]
) -> list[tuple[Reservation, datetime]]:
    """Return the reservations of a list, each with when it was made."""
    rows = (await session.execute(statement)).mappings()
    return [(reservation_of(row), row["created_at"]) for row in rows]


async def find_reservation(session: AsyncSession, reservation_id: str) -> Reservation | None:
    """Return a reservation, None if there is none."""
    found = await listed(session, select(table).where(table.c.reservation_id == reservation_id))
    return found[0][0] if found else None


def reservation_of(row: RowMapping) -> Reservation:
    """Return the reservation of a row."""
    values = {name: row[name] for name in _ARRAYS}
    return msgspec.convert(values, Reservation, builtin_types=_NATIVE)


def _values(reservation: Reservation) -> tuple[object, ...]:
    return (
        reservation.reservation_id,
        reservation.store_id,
        reservation.order_id,
        reservation.case_id,
        reservation.external_id,
        reservation.status.value,
        reservation.reserve_on,
        _encoder.encode(reservation.wanted).decode(),
        _encoder.encode(reservation.lines).decode(),
        _encoder.encode(reservation.short).decode(),
        reservation.reason,
        reservation.expires_at,
        _array(reservation.refunds),
        reservation.is_paid,
        reservation.version,
    )


def _array(texts: Sequence[str]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in texts)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
