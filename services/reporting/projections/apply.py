"""Sums become rows: one statement per subject and batch, in the reader's transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting import tables
from services.reporting.projections.sums import Row, Sums
from shared.kernel.buckets import Bucket

CHANNEL = "reporting_changed"
EVERYTHING = "*"
MAX_NOTE = 7_900  # bytes; PostgreSQL takes less than 8,000

_ARRAYS = {"DATE": "date[]", "DATETIME": "timestamptz[]", "BIGINT": "bigint[]"}


def _addition(table: Table) -> str:
    """Return the statement that adds rows, given by column; a column of zeros may be null.

    They are added in the order of their keys, so that two readers never deadlock.
    """
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key.columns]
    added = [name for name in names if name not in keys]
    arrays = ", ".join(
        f"${place}::" + _array_of(column) for place, column in enumerate(table.columns, start=1)
    )
    values = ", ".join([*keys, *(f"coalesce({name}, 0)" for name in added)])
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in added)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - names of our own
        f" SELECT {values} FROM unnest({arrays}) AS r ({', '.join(names)})"
        f" ORDER BY {', '.join(keys)}"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    )


def _array_of(column: Column[Any]) -> str:
    """Return how a column's values arrive: as an array's text where no value needs escapes.

    The driver looks at every value of an array twice, which costs many times more.
    """
    kind = str(column.type)
    return "text[]" if kind == "TEXT" else f"text::{_ARRAYS[kind]}"


_ADDITIONS: Mapping[str, str] = {
    table.name: _addition(table)
    for table in (
        tables.STORE_HOUR,
        tables.STORE_DAY,
        tables.SKU_DAY,
        tables.REGION_DAY,
        tables.BRIDGE_DAY,
        tables.HANDLING_HOUR,
        tables.HANDLING_DAY,
        tables.REASON_DAY,
        tables.RETURN_DAY,
        tables.STORE_VERSION,
    )
}
_BUYER_COLUMNS = [column.name for column in tables.BUYER_STORE.columns]


async def add_sums(session: AsyncSession, sums: Sums) -> None:
    """Add sums to the tables and notify those who wait for their stores."""
    stores = sums.stores()
    if stores:
        await write_sums(session, sums)
        await announce(session, stores)


async def write_sums(session: AsyncSession, sums: Sums) -> None:
    """Add sums to the tables that the session's search path names; nobody hears of it."""
    raw = await _driver_of(session)
    for name, rows in (
        ("store_hour", _flat(sums.hours)),
        ("store_day", sums.days()),
        ("sku_day", sums.skus),
        ("region_day", sums.regions),
        ("bridge_day", sums.bridge),
        ("handling_hour", _flat(sums.handling)),
        ("handling_day", sums.handling_days()),
        ("reason_day", sums.reasons),
        ("return_day", sums.returns),
    ):
        await _add(raw, name, rows)
    buyers = [(*key, *row) for key, row in sums.buyers.items()]
    await raw.copy_records_to_table("buyer_store", records=buyers, columns=_BUYER_COLUMNS)


async def announce(session: AsyncSession, stores: Sequence[str]) -> None:
    """Give the figures of stores a new version, and notify those who wait for them."""
    await _add(
        await _driver_of(session), "store_version", {(store_id,): [1] for store_id in stores}
    )
    await session.execute(
        text("SELECT pg_notify(:channel, :note)"), {"channel": CHANNEL, "note": note_of(stores)}
    )


def note_of(stores: Sequence[str]) -> str:
    """Return the stores as a notification's payload: a hint, `*` if they are too many."""
    note = json.dumps(list(stores), separators=(",", ":"))
    return note if len(note) <= MAX_NOTE else EVERYTHING


def _flat(hours: Mapping[tuple[str, Bucket], Row]) -> Mapping[Any, Row]:
    return {(store_id, *bucket): row for (store_id, bucket), row in hours.items()}


async def _add(raw: Any, name: str, rows: Mapping[Any, Row]) -> None:
    if rows:
        keys = map(_key_column, zip(*rows, strict=True))
        measures = map(_measure_column, zip(*rows.values(), strict=True))
        await raw.execute(_ADDITIONS[name], *keys, *measures)


def _key_column(values: tuple[Any, ...]) -> Sequence[Any] | str:
    return values if isinstance(values[0], str) else _array_text(values)


def _measure_column(values: tuple[int, ...]) -> str | None:
    return _array_text(values) if any(values) else None


def _array_text(values: Sequence[object]) -> str:
    """Write integers or dates as PostgreSQL reads an array; JSON differs by its brackets only."""
    return "{" + msgspec.json.encode(values)[1:-1].decode() + "}"


async def _driver_of(session: AsyncSession) -> Any:
    """Return asyncpg's own connection, inside the session's transaction.

    SQLAlchemy begins the transaction with its first statement only.
    """
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None or not raw.is_in_transaction():
        await session.execute(text("SELECT 1"))
    return raw
