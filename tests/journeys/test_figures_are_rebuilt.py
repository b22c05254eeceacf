"""`shopfleet rebuild` beside traffic: what differs is shown, the swap loses and doubles nothing."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from shopfleet.client import AsyncClient
from shopfleet.prove.damage import lose_row
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.proof import judge
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment
from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.timeout(240)]


async def rebuild(fleet: Fleet, *words: str) -> tuple[int | None, str]:
    """Run the command; return its exit code and what it said."""
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


@pytest.fixture
async def client(lone_fleet: Fleet) -> AsyncIterator[AsyncClient]:
    async with lone_fleet.client() as opened:
        yield opened


async def test_a_lost_day_is_found_and_brought_back_while_orders_go_on(
    lone_fleet: Fleet, client: AsyncClient
) -> None:
    fleet = lone_fleet
    traffic = Traffic(client)
    await traffic.send(plan_stories(1, 60, this_moment()), within_seconds=1)
    healthy = await judge(traffic, Counter())
    await lose_row(fleet, traffic)

    async with asyncio.TaskGroup() as both:
        going_on = plan_stories(2, 120, this_moment(), first=1_000)
        both.create_task(traffic.send(going_on, within_seconds=20))
        compared = await rebuild(fleet)
        fleet.kill("reporting-api")
        await fleet.revive("reporting-api")
        swapped = await rebuild(fleet, "--accept-differences")
    dropped = await rebuild(fleet, "--drop")
    again = await rebuild(fleet)

    assert healthy.wrongs == []
    assert compared[0] == 1, compared
    assert "store_day" in compared[1]
    assert "sku_day" not in compared[1]
    assert swapped[0] == 0, swapped
    assert "what it replaced is dropped" in dropped[1]
    assert (again[0], "nothing differs" in again[1]) == (0, True), again
    assert (await judge(traffic, Counter())).wrongs == []
