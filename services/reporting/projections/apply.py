"""Sums become rows: one statement per subject and batch, in the reader's transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting import tables
from services.reporting.projections.fold import TYPES, fold
from services.reporting.projections.sums import Row, Sums
from shared.contracts.envelope import CloudEvent, Event

CHANNEL = "reporting_changed"
EVERYTHING = "*"
MAX_NOTE = 7_900  # bytes; PostgreSQL takes less than 8,000

STAGED_FROM = 500
"""So many rows go by COPY through a temporary table: arrays cost Python three times as much."""

_ARRAYS = {"TEXT": "text[]", "DATE": "date[]", "DATETIME": "timestamptz[]", "BIGINT": "bigint[]"}


class Addition(NamedTuple):
    """How rows are added to a table: from arrays, or staged."""

    table: str
    columns: list[str]
    from_arrays: str
    stage: str
    from_stage: str


def _addition(table: Table) -> Addition:
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key.columns]
    arrays = ", ".join(
        f"${place}::{_ARRAYS[str(column.type)]}"
        for place, column in enumerate(table.columns, start=1)
    )
    sums = ", ".join(
        f"{name} = {table.name}.{name} + excluded.{name}" for name in names if name not in keys
    )
    insert = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM"
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    stage = f"staged_{table.name}"
    return Addition(
        table=table.name,
        columns=names,
        from_arrays=f"{insert} unnest({arrays}) {conflict}",
        stage=f"CREATE TEMP TABLE IF NOT EXISTS {stage} (LIKE {table.name}) ON COMMIT DELETE ROWS",
        from_stage=f"{insert} {stage} {conflict}",
    )


_ADDITIONS: Mapping[str, Addition] = {
    table.name: _addition(table)
    for table in (
        tables.STORE_HOUR,
        tables.STORE_DAY,
        tables.SKU_DAY,
        tables.REGION_DAY,
        tables.BRIDGE_DAY,
        tables.STORE_VERSION,
    )
}
_BUYER_COLUMNS = [column.name for column in tables.BUYER_STORE.columns]


class FigureProjection:
    """The applier of reporting's reader: folds a batch and adds it to every subject's table.

    Not idempotent by itself: the reader's positions, in the same transaction, see to it that each
    event is applied once.
    """

    types = TYPES

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Add the events to the tables and notify those who wait for the stores that changed."""
        await add_sums(session, fold(events))


async def add_sums(session: AsyncSession, sums: Sums) -> None:
    """Add sums to the tables, in the order of their keys, so that two readers never deadlock."""
    stores = sums.stores()
    if not stores:
        return
    raw = await _driver_of(session)
    await _add(
        raw, "store_hour", sorted((s, b.hour, b.day, *row) for (s, b), row in sums.hours.items())
    )
    for name, rows in (
        ("store_day", sums.days()),
        ("sku_day", sums.skus),
        ("region_day", sums.regions),
        ("bridge_day", sums.bridge),
    ):
        await _add(raw, name, _flat(rows))
    await raw.copy_records_to_table(
        "buyer_store", records=_flat(sums.buyers), columns=_BUYER_COLUMNS
    )
    await _add(raw, "store_version", [(store_id, 1) for store_id in stores])
    await session.execute(
        text("SELECT pg_notify(:channel, :note)"), {"channel": CHANNEL, "note": note_of(stores)}
    )


def note_of(stores: Sequence[str]) -> str:
    """Return the stores as a notification's payload: a hint, `*` if they are too many."""
    note = json.dumps(list(stores), separators=(",", ":"))
    return note if len(note) <= MAX_NOTE else EVERYTHING


def _flat(rows: Mapping[Any, Row]) -> list[tuple[Any, ...]]:
    return sorted((*key, *row) for key, row in rows.items())


async def _add(raw: Any, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    addition = _ADDITIONS[name]
    if len(rows) < STAGED_FROM:
        columns = list(zip(*rows, strict=True))
        if columns:
            await raw.execute(addition.from_arrays, *columns)
        return
    await raw.execute(addition.stage)
    await raw.copy_records_to_table(f"staged_{name}", records=rows, columns=addition.columns)
    await raw.execute(addition.from_stage)


async def _driver_of(session: AsyncSession) -> Any:
    """Return asyncpg's own connection, inside the session's transaction.

    SQLAlchemy begins the transaction with its first statement only.
    """
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None or not raw.is_in_transaction():
        await session.execute(text("SELECT 1"))
    return raw
