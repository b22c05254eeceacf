"""A proof stands on a healthy fleet and falls with every bug that is planted."""

from collections import Counter

import pytest

from shopfleet.prove.damage import BUGS
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.proof import judge
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment

pytestmark = pytest.mark.timeout(240)

ORDERS = 100


async def test_a_proof_falls_with_each_planted_bug(lone_fleet: Fleet) -> None:
    fleet = lone_fleet
    async with fleet.client() as client:
        healthy = Traffic(client)
        await healthy.send(plan_stories(1, ORDERS, this_moment()), within_seconds=1)
        verdict = await judge(healthy, Counter())

        assert verdict.wrongs == []
        assert {entry.kind: entry.accepted for entry in verdict.entries}[
            "orders.order_placed.v1"
        ] == ORDERS
        found: list[str] = []
        for bug, plant in BUGS.items():
            await plant(fleet, healthy)
            wrongs = (await judge(healthy, Counter())).wrongs
            assert set(wrongs) - set(found), bug
            found = wrongs
        assert healthy.books.complaints == []
