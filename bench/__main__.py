"""`make bench`: each figure beside something plain that is measured in the same run."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

import uvloop

from bench.cpu import per_row
from bench.delays import Delays
from bench.draining import measure_draining
from bench.engines import APACHE, EMBEDDED, Engines, running_engines
from bench.receiving import BATCH_CLIENTS, BATCH_ROWS, CLIENTS, POOL, measure_receiving
from bench.reserving import measure_reserving
from bench.searching import measure_searching
from bench.starting import measure_starting
from bench.table import Line, print_table
from bench.visibility import measure_visibility
from shared.observability.logs import configure_logs
from shared.runtime import calm_collector

STORES = 500
WAYS = (1, 10)
"""Orders to a request."""
FEW_STORES = 3
FLOORS = {"POST /v1/orders": (0.1, 0.03), "POST /v1/orders:batch": (0.2, 0.05)}
"""Wanted, and what a run must reach, of what PostgreSQL alone does with the same statements."""

RESERVING = (0.5, 0.12)
"""Wanted of bare SQL: by events in batches, and by requests of checkouts."""


async def drain(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """Kafka to committed figures."""
    lines = []
    for stores, events in ((STORES, options.events), (FEW_STORES, options.events // 4)):
        found = await measure_draining(engines, events=events, stores=stores)
        print(
            f"drained {found.events:,} events of {stores} stores into "
            + ", ".join(f"{name} {count:,}" for name, count in found.rows.items())
        )
        line = Line(
            f"reporting drains Kafka, {stores} stores", f"{found.reader:,.0f} events/s",
            f"aiokafka alone {found.bare:,.0f}/s", found.ratio, wanted=0.15, floor=0.05,
        )  # fmt: skip
        lines.append(line)
    return lines


async def receive(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """Rows into the orders service."""
    lines = []
    for found in await measure_receiving(engines, seconds=options.seconds // 4):
        print(f"{found.what}: pgbench -M prepared runs its {found.statements} statements")
        print(per_row(found.cpu, 1))
        wanted, floor = FLOORS[found.what]
        line = Line(
            found.what, f"{found.rows:,.0f} rows/s", f"pgbench {found.plain:,.0f} rows/s",
            found.ratio, wanted=wanted, floor=floor,
        )  # fmt: skip
        lines.append(line)
    print(
        f"one by one: {CLIENTS} connections to one process of {POOL} database connections, "
        f"{POOL} of pgbench; in batches of {BATCH_ROWS}: {BATCH_CLIENTS} and {BATCH_CLIENTS}"
    )
    return lines


async def see(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """From a POST to the committed figure, one order to a request and several."""
    alone, ways = await measure_visibility(
        engines, rate=options.rate, seconds=options.seconds // 2, orders_a_request=WAYS
    )
    lines = []
    for found in ways:
        way = "one by one" if found.orders_a_request == 1 else f"by {found.orders_a_request}"
        print(
            f"{found.rows:,} orders {way} at {options.rate}/s: "
            f"answered after {_delays(found.answered)}, sent up to {found.late.p99:,.0f} ms late; "
            f"reporting's own histogram has {found.within:.1%} of batches within 300 ms"
        )
        print(f"{per_row(found.cpu, found.rows)}; others used {found.others:.2f} cores")
        line = Line(
            f"POST to committed figures, {options.rate}/s {way}", _delays(found.visible),
            f"aiokafka alone {_delays(alone)}", found.visible.p99,
            wanted=300, floor=2000, unit="ms", is_ceiling=True,
        )  # fmt: skip
        lines.append(line)
    return lines


async def start(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """`shopfleet up` with a long log behind it; on engines of its own."""
    del engines
    found = await measure_starting(options.logged)
    return [
        Line(
            f"up is ready, {found.events:,} events in the log", f"{found.laden:.1f} s",
            f"with an empty log {found.first:.1f} s, again {found.again:.1f} s", found.laden,
            wanted=60, floor=60, unit="s", is_ceiling=True,
        )
    ]  # fmt: skip


async def reserve(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """Stock set aside, by events and for checkouts."""
    return [
        Line(
            found.what, f"{found.rows:,.0f} reservations/s",
            f"bare SQL by pgbench {found.plain:,.0f}/s", found.ratio,
            wanted=RESERVING[found.what.startswith("POST")], floor=0.05,
        )
        for found in await measure_reserving(engines, seconds=options.seconds // 4)
    ]  # fmt: skip


async def search(engines: Engines, options: argparse.Namespace) -> list[Line]:
    """Searches over two million orders, and the look at one of them beside."""
    plain, found = await measure_searching(
        engines, orders=options.orders, times=options.times, limit=options.limit
    )
    return [
        Line(
            f"search: {searched.name}", _delays(searched.delays),
            f"one order {_delays(plain)}", searched.delays.p99,
            wanted=50, floor=50, unit="ms", is_ceiling=True,
        )
        for searched in found
    ]  # fmt: skip


def _delays(delays: Delays) -> str:
    return f"p50 {delays.p50:,.0f} ms, p99 {delays.p99:,.0f} ms"


PARTS: dict[str, Callable[[Engines, argparse.Namespace], Awaitable[list[Line]]]] = {
    "drain": drain,
    "receive": receive,
    "see": see,
    "start": start,
    "search": search,
    "reserve": reserve,
}
USUAL = ("drain", "receive", "see")


async def run(options: argparse.Namespace, lines: list[Line]) -> None:
    """Measure the parts wanted, and add a line for each figure as soon as there is one."""
    async with (
        asyncio.timeout(options.within),
        running_engines(APACHE if options.apache else EMBEDDED) as engines,
    ):
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {engines.kind}")
        for name in options.only:
            started = time.perf_counter()
            lines += await PARTS[name](engines, options)
            print(f"({name}: {time.perf_counter() - started:.0f} s)", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--apache", action="store_true", help="on Apache Kafka")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=USUAL)
    parser.add_argument("--events", type=int, default=200_000, help="to be drained")
    parser.add_argument("--logged", type=int, default=1_000_000, help="events before a start")
    parser.add_argument("--orders", type=int, default=2_000_000, help="to be searched")
    parser.add_argument("--times", type=int, default=300, help="each search is asked")
    parser.add_argument("--limit", type=int, default=50, help="orders of a page")
    parser.add_argument("--rate", type=int, default=200, help="orders a second")
    parser.add_argument("--seconds", type=int, default=30, help="of orders")
    parser.add_argument("--within", type=int, default=280, help="seconds for all of it")
    options = parser.parse_args()
    configure_logs("bench", level="ERROR")
    calm_collector()  # as every service does
    lines: list[Line] = []
    is_done = True
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(run(options, lines))
        except TimeoutError:
            is_done = False
            print(f"not done within {options.within} s")
    print_table(lines)
    return int(not is_done or any(line.has_failed for line in lines))


if __name__ == "__main__":
    sys.exit(main())
