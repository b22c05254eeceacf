"""How long `shopfleet up` takes until it is ready, with a long log behind it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import asyncpg

from shopfleet.local.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 180.0
STOP_SECONDS = 60.0
FIRST_COPY = 1_000_000_000_000
"""Ids of copies begin here, so that they meet none of the sequence's."""

_COPIES = f"""
    WITH sample AS (
        SELECT e.* FROM event_log e WHERE e.type = 'orders.order_placed.v1' LIMIT 1
    ), wanted AS (
        SELECT l.partition, l.last_sequence + n AS sequence,
               {FIRST_COPY} + l.partition * 10000000::bigint + n AS id
        FROM log_lanes l, generate_series(1, $1::bigint) AS n
    ), stated AS (
        INSERT INTO event_log (id, log_id, type, key, partition, store_id, payload, occurred_at,
                               received_at)
        SELECT w.id, s.log_id, s.type, s.key, w.partition, s.store_id, s.payload, s.occurred_at,
               s.received_at
        FROM wanted w, sample s
    )
    INSERT INTO event_order (partition, sequence, event_id, received_at)
    SELECT w.partition, w.sequence, w.id, s.received_at FROM wanted w, sample s
"""
_LANES = """
    UPDATE log_lanes SET last_sequence = last_sequence + $1, mark_sequence = mark_sequence + $1
"""
_READERS = "UPDATE log_readers SET next_sequence = next_sequence + $1"
_POSITIONS = "UPDATE log_positions SET next_sequence = next_sequence + $1 WHERE owner = 'orders'"


class Starts(NamedTuple):
    """Seconds until ready: the first time, again, and again with so many events in the log."""

    first: float
    again: float
    laden: float
    events: int


async def measure_starting(events: int) -> Starts:
    """Run `shopfleet up` three times in one folder; the log grows before the last."""
    with TemporaryDirectory(prefix="shopfleet-start-") as name:
        folder = Path(name)
        first, again = await _seconds_to_start(folder), await _seconds_to_start(folder)
        stated = await _grow(folder, events)
        return Starts(first, again, await _seconds_to_start(folder), stated)


async def _seconds_to_start(folder: Path) -> float:
    with _running(folder) as up:
        began = time.monotonic()
        assert up.stdout is not None
        while not (line := await asyncio.to_thread(up.stdout.readline)).startswith("token: "):
            if not line or time.monotonic() - began > PATIENCE_SECONDS:
                raise RuntimeError(f"the stack does not start: {line}")
        return time.monotonic() - began


@contextmanager
def _running(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLEET_")}
    up = subprocess.Popen(
        [sys.executable, "-m", "shopfleet.cli", "up"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        yield up
    finally:
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=STOP_SECONDS)


async def _grow(folder: Path, events: int) -> int:
    """Copy an event many times, as if it had been stated, published and taken; return how many."""
    postgres = EmbeddedPostgres(folder / ".shopfleet" / "postgres")
    await asyncio.to_thread(postgres.start)
    try:
        each = events // await _in(postgres, "orders", "SELECT count(*) FROM log_lanes")
        await _in(postgres, "orders", _COPIES, each)
        await _in(postgres, "orders", _LANES, each)
        await _in(postgres, "orders", _READERS, each)
        for reader in ("reporting", "promotion", "cs", "inventory", "directory", "orders"):
            await _in(postgres, reader, _POSITIONS, each)
        return int(await _in(postgres, "orders", "SELECT count(*) FROM event_log"))
    finally:
        await asyncio.to_thread(postgres.stop)


async def _in(postgres: EmbeddedPostgres, database: str, statement: str, *values: int) -> int:
    connection = await asyncpg.connect(postgres.url, database=database)
    try:
        return await connection.fetchval(statement, *values, timeout=PATIENCE_SECONDS) or 0
    finally:
        await connection.close()
