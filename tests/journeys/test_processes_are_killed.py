"""The great journey: traffic goes on while everything is killed; not a cent is lost or doubled."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable

import pytest

from shopfleet.prove.books import Books
from shopfleet.prove.faults import KILLED, Faults
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.ledger import differences, read_figures, wait_for_quiet
from shopfleet.prove.traffic import Traffic, open_stores, plan_stories, this_moment
from tests.support.fleet import running_fleet
from tests.support.truth import true_figures, value_of

pytestmark = [pytest.mark.db, pytest.mark.kafka]

ORDERS = 5_000
KILLS = 5
FAULT_SECONDS = 45.0
QUIET_SECONDS = 60.0


@pytest.mark.timeout(420)
async def test_figures_are_right_after_every_process_was_killed_five_times() -> None:
    seed = int(os.environ.get("SHOPFLEET_TEST_SEED") or random.randrange(10**6))
    say = _teller()
    say(f"seed {seed}: SHOPFLEET_TEST_SEED={seed} repeats the traffic and the choice of faults")
    async with running_fleet() as fleet, fleet.client() as client:
        await open_stores(client)
        traffic = Traffic(client)
        faults = Faults(fleet, seed, KILLS, say)
        async with asyncio.TaskGroup() as both:
            stories = plan_stories(seed, ORDERS, this_moment())
            both.create_task(traffic.send(stories, within_seconds=FAULT_SECONDS))
            both.create_task(faults.inject(within_seconds=FAULT_SECONDS))
        say(f"sent {dict(traffic.books.answers)}, faults {dict(faults.done)}")
        standing = await wait_for_quiet(client, within_seconds=QUIET_SECONDS)
        say(f"{standing}")

        assert traffic.books.complaints == []
        assert all(faults.done[f"{name} killed"] >= KILLS for name in KILLED)
        assert standing.is_quiet, _logs(fleet)
        reported = await read_figures(client, traffic.books.days)
        assert reported == await true_figures(fleet.databases["orders"])
        assert differences(traffic.books, reported) == []
        await _check_counts(fleet, traffic.books)


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
