"""Deliberate bugs, planted from outside in reporting's database: a proof that misses them is none.

No code of the product knows of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import asyncpg

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.books import STORES
from shopfleet.prove.fleet import READER, Fleet
from shopfleet.prove.ledger import OWNER, REPORTING_READER, wait_for_quiet
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment

PLACED = "orders.order_placed.v1"
SEED = 7
FIRST_NUMBER = 900_000
QUIET_SECONDS = 30.0

_MOVE = """
    UPDATE log_positions SET next_sequence = next_sequence + $3
    WHERE reader = $1 AND owner = 'orders' AND partition = $2
"""
_LOSE = """
    DELETE FROM store_day WHERE (store_id, business_date) =
        (SELECT store_id, business_date FROM store_day ORDER BY orders_placed DESC LIMIT 1)
"""


class Bug(StrEnum):
    """What can be planted, by its name on the command line."""

    SKIP_EVENT = "skip-event"
    COUNT_TWICE = "count-twice"
    LOSE_ROW = "lose-row"


class NothingToDamageError(RuntimeError):
    """The log holds no event that the bug could be planted at."""


async def skip_event(fleet: Fleet, traffic: Traffic) -> None:
    """Let the reader believe that it has had an event which it never saw."""
    before = await _heads(traffic.client)
    fleet.kill(READER)
    await _place_another(traffic)
    partition = await _partition_with(traffic.client, PLACED, after=before)
    await _execute(fleet, _MOVE, REPORTING_READER, partition, 1)
    await fleet.revive(READER)


async def count_twice(fleet: Fleet, traffic: Traffic) -> None:
    """Let the reader forget that it has had an event."""
    await _place_another(traffic)
    await wait_for_quiet(traffic.client, within_seconds=QUIET_SECONDS)
    heads = await _heads(traffic.client)
    last = {partition: max(head - 1, 0) for partition, head in heads.items()}
    partition = await _partition_with(traffic.client, PLACED, after=last)
    fleet.kill(READER)
    await _execute(fleet, _MOVE, REPORTING_READER, partition, -1)
    await fleet.revive(READER)


async def lose_row(fleet: Fleet, traffic: Traffic) -> None:
    """Delete the busiest day of a store from reporting's tables."""
    del traffic
    await _execute(fleet, _LOSE)


BUGS: Mapping[Bug, Callable[[Fleet, Traffic], Awaitable[None]]] = {
    Bug.SKIP_EVENT: skip_event,
    Bug.COUNT_TWICE: count_twice,
    Bug.LOSE_ROW: lose_row,
}
"""How each is planted."""


async def _place_another(traffic: Traffic) -> None:
    number = FIRST_NUMBER + traffic.books.answers["created"]
    await traffic.send(plan_stories(SEED, 1, this_moment(), first=number), within_seconds=0)


async def _heads(client: AsyncClient) -> dict[int, int]:
    answer = await client.send(calls.get(OWNER, f"/v1/feeds/{OWNER}/heads"))
    return {int(partition): head for partition, head in answer["sequences"].items()}


async def _partition_with(client: AsyncClient, kind: str, *, after: Mapping[int, int]) -> int:
    """Return a partition whose next event after a number is of a kind and of the proof's stores."""
    stores = {store.store_id for store in STORES}
    await wait_until_numbered(client)
    for partition, sequence in after.items():
        call = calls.get(OWNER, f"/v1/feeds/{OWNER}", partition=partition, after=sequence, limit=1)
        for event in (await client.send(call))["events"]:
            if event["type"] == kind and event["data"]["store_id"] in stores:
                return partition
    raise NothingToDamageError(f"no {kind} comes next in any partition")


async def wait_until_numbered(client: AsyncClient) -> None:
    """Ask for the heads until nothing waits for its number."""
    while (await client.send(calls.get(OWNER, f"/v1/feeds/{OWNER}/heads")))["at"] is None:
        continue


async def _execute(fleet: Fleet, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(fleet.databases["reporting"])
    try:
        done = await connection.execute(statement, *values)
    finally:
        await connection.close()
    if done.endswith(" 0"):
        raise NothingToDamageError(f"nothing there for: {statement.strip()}")
