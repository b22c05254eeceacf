"""The great journey: traffic goes on while everything is killed; not a cent is lost or doubled.

Then, on the same fleet: what is damaged is found and rebuilt, and a proof falls with every bug that
is planted. Each test leaves to the next what it needs, so they go in this order.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from shopfleet.client import AsyncClient
from shopfleet.prove.books import Books
from shopfleet.prove.damage import BUGS, lose_row
from shopfleet.prove.faults import KILLED, Faults
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.ledger import accepted_by_kind, differences, read_figures, wait_for_quiet
from shopfleet.prove.proof import judge
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment
from tests.architecture.tree import ROOT
from tests.support.fleet import opened_fleet
from tests.support.truth import true_figures, value_of

pytestmark = [pytest.mark.db, pytest.mark.kafka, pytest.mark.timeout(420)]

ORDERS = 5_000
KILLS = 5
FAULT_SECONDS = 45.0
QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Proven:
    """A fleet of which each process was killed while orders came, and what they were."""

    fleet: Fleet
    client: AsyncClient
    traffic: Traffic
    faults: Faults


@pytest.fixture(scope="module")
async def proven() -> AsyncIterator[Proven]:
    seed = int(os.environ.get("SHOPFLEET_TEST_SEED") or random.randrange(10**6))
    say = _teller()
    say(f"seed {seed}: SHOPFLEET_TEST_SEED={seed} repeats the traffic and the choice of faults")
    async with opened_fleet() as fleet, fleet.client() as client:
        traffic = Traffic(client)
        faults = Faults(fleet, seed, KILLS, say)
        async with asyncio.TaskGroup() as both:
            stories = plan_stories(seed, ORDERS, this_moment())
            both.create_task(traffic.send(stories, within_seconds=FAULT_SECONDS))
            both.create_task(faults.inject(within_seconds=FAULT_SECONDS))
        say(f"sent {dict(traffic.books.answers)}, faults {dict(faults.done)}")
        yield Proven(fleet, client, traffic, faults)


async def test_figures_are_right_after_every_process_was_killed_five_times(proven: Proven) -> None:
    fleet, books = proven.fleet, proven.traffic.books
    standing = await wait_for_quiet(proven.client, within_seconds=QUIET_SECONDS)

    assert books.complaints == []
    assert all(proven.faults.done[f"{name} killed"] >= KILLS for name in KILLED)
    assert standing.is_quiet, _logs(fleet)
    reported = await read_figures(proven.client, books.days)
    assert reported == await true_figures(fleet.databases["orders"])
    assert differences(books, reported) == []
    await _check_counts(fleet, books)


async def test_a_lost_day_is_found_and_rebuilt_while_orders_go_on(proven: Proven) -> None:
    fleet, traffic = proven.fleet, proven.traffic
    healthy = await judge(traffic, Counter())
    quiet = await wait_for_quiet(proven.client, within_seconds=QUIET_SECONDS)
    await lose_row(fleet, traffic)

    async with asyncio.TaskGroup() as both:
        going_on = plan_stories(2, 120, this_moment(), first=ORDERS)
        both.create_task(traffic.send(going_on, within_seconds=20))
        compared = await _rebuild(fleet)
        fleet.kill("reporting-api")
        await fleet.revive("reporting-api")
        swapped = await _rebuild(fleet, "--accept-differences")
    dropped = await _rebuild(fleet, "--drop")
    again = await _rebuild(fleet)

    assert healthy.wrongs == []
    then = await accepted_by_kind(proven.client, quiet.heads)
    assert then.total() == quiet.numbered, "what came after the log was quiet is counted too"
    assert compared[0] == 1, compared
    assert "store_day" in compared[1]
    assert "sku_day" not in compared[1]
    assert swapped[0] == 0, swapped
    assert "what it replaced is dropped" in dropped[1]
    assert (again[0], "nothing differs" in again[1]) == (0, True), again


async def test_a_proof_falls_with_each_planted_bug(proven: Proven) -> None:
    traffic = proven.traffic
    verdict = await judge(traffic, Counter())

    assert verdict.wrongs == []
    accepted = {entry.kind: entry.accepted for entry in verdict.entries}
    assert accepted["orders.order_placed.v1"] == traffic.books.total("orders_placed") > ORDERS
    found: list[str] = []
    for bug, plant in BUGS.items():
        await plant(proven.fleet, traffic)
        wrongs = (await judge(traffic, Counter())).wrongs
        assert set(wrongs) - set(found), bug
        found = wrongs
    assert traffic.books.complaints == []


async def _check_counts(fleet: Fleet, books: Books) -> None:
    orders, reporting = fleet.databases["orders"], fleet.databases["reporting"]
    stated = await value_of(orders, "SELECT count(*) FROM event_log")
    accepted = "SELECT sum(next_sequence - 1) FROM log_positions WHERE reader = 'reporting'"
    placed = "SELECT count(*) FROM event_log WHERE type = 'orders.order_placed.v1'"

    assert await value_of(reporting, accepted) == stated
    assert await value_of(orders, "SELECT count(*) FROM event_order") == stated
    assert await value_of(orders, "SELECT count(*) FROM event_pending") == 0
    assert await value_of(orders, placed) == books.total("orders_placed") == ORDERS
    assert await value_of(reporting, "SELECT count(*) FROM dead_letters") == 0


async def _rebuild(fleet: Fleet, *words: str) -> tuple[int | None, str]:
    """Run `shopfleet rebuild`; return its exit code and what it said."""
    environment = {
        **os.environ,
        "SHOPFLEET_URL": ",".join(f"{name}={url}" for name, url in fleet.addresses.items()),
        "SHOPFLEET_TOKEN": fleet.token,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shopfleet.cli", "rebuild", *words,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(120):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(remark: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} {remark}\n")
        sys.stdout.flush()

    return say


def _logs(fleet: Fleet) -> str:
    folder = fleet.state.logs
    return "\n".join(
        f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        for log in sorted(folder.glob("*.log"))
    )
