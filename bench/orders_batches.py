"""How many orders a second one process takes in batches of 1,000, and where the time goes."""

import argparse
import asyncio
import json
import os
import random
import resource
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import an_application, open_store
from tests.support.databases import Databases, database_for
from tests.support.postgres import running_postgres


def a_row(chance: random.Random, number: int) -> dict[str, Any]:
    """A paid order of about 1 KB: two lines, a buyer, a payment."""
    placed = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=number)
    prices = [chance.randrange(100, 99_900) for _ in range(2)]
    total = sum(prices) + 800
    return {
        "store_id": "s1",
        "external_id": f"{chance.getrandbits(64):x}",
        "placed_at": placed.isoformat(),
        "source_updated_at": placed.isoformat(),
        "lines": [
            {
                "sku": f"SKU-{price % 1000}",
                "name": "明前龙井 250g 礼盒装",
                "quantity": 1,
                "unit_price": f"{price / 100:.2f}",
            }
            for price in prices
        ],
        "postage": "8.00",
        "total": f"{total / 100:.2f}",
        "buyer": {
            "account": f"buyer_{number % 20_000}",
            "name": "王小明",
            "phone": f"138{number % 100_000_000:08}",
            "address": "浙江省杭州市西湖区文三路 100 号 3 幢 201 室",
            "province": "浙江",
            "city": "杭州",
        },
        "payments": [
            {
                "external_id": f"P{number}",
                "amount": f"{total / 100:.2f}",
                "paid_at": (placed + timedelta(minutes=3)).isoformat(),
                "method": "alipay",
            }
        ],
    }


def server_seconds(database: Database) -> float:
    """The CPU time of the server's processes that serve this database (Linux, same machine)."""
    ticks = 0
    name = str(database.url.database).encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes()
            if words.startswith(b"postgres:") and name in words and b"autovacuum" not in words:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def measure(client: httpx.AsyncClient, database: Database, batches: int) -> None:
    chance = random.Random(7)
    spent = {"statements": 0, "seconds": 0.0}
    started: list[float] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def begin(*_: Any) -> None:
        started.append(time.perf_counter())

    @event.listens_for(database.engine.sync_engine, "after_cursor_execute")
    def end(*_: Any) -> None:
        spent["statements"] += 1
        spent["seconds"] += time.perf_counter() - started.pop()

    bodies = [
        "\n".join(json.dumps(a_row(chance, 1000 * batch + place)) for place in range(1000))
        for batch in range(batches + 1)
    ]
    headers = {"Content-Type": "application/x-ndjson"}
    await client.post("/v1/orders:batch", content=bodies[0], headers=headers)
    for what, again in (("new", bodies[1:]), ("again, unchanged", bodies[1:])):
        spent.update(statements=0, seconds=0.0)
        server, cpu, wall = server_seconds(database), time.process_time(), time.perf_counter()
        for body in again:
            answer = await client.post("/v1/orders:batch", content=body, headers=headers)
            answer.raise_for_status()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        server = server_seconds(database) - server
        rows = 1000 * batches
        print(
            f"{what}: {rows / wall:,.0f} rows/s; our CPU {cpu / rows * 1e6:,.0f} us per row, "
            f"PostgreSQL's CPU {server / rows * 1e6:,.0f} us per row, or "
            f"{rows / server:,.0f} rows/s a core; "
            f"waiting for it {spent['seconds'] / rows * 1e6:,.0f} us per row, "
            f"{spent['statements'] / batches:.0f} statements a batch"
        )
    size = len(bodies[1]) / 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:,.0f} bytes a row, peak {peak:,.0f} MiB")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=10)
    options = parser.parse_args()
    with running_postgres() as url:
        databases = Databases(url)
        await databases.prepare()
        async with database_for(databases, "orders") as database:
            await open_store(database)
            async with an_application("orders", database, SERVICE.routers) as client:
                await measure(client, database, options.batches)
        await databases.close()


if __name__ == "__main__":
    asyncio.run(main())
