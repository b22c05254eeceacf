"""Deliberate bugs, planted from outside in reporting's database: a proof that misses them is none.

No code of the product knows of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import asyncpg

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.fleet import READER, Fleet
from shopfleet.prove.ledger import OWNER, REPORTING_READER, wait_for_quiet
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment

PLACED = "orders.order_placed.v1"
FIRST_NUMBER = 900_000
QUIET_SECONDS = 30.0
POLL_SECONDS = 0.1

_MOVE = """
    UPDATE log_positions SET next_sequence = $3
    WHERE reader = $1 AND owner = 'orders' AND partition = $2
"""
_POSITION = """
    SELECT next_sequence FROM log_positions
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
    fleet.kill(READER)
    partition, sequence = await _place_another(traffic)
    await _execute(fleet, _MOVE, REPORTING_READER, partition, sequence + 1)
    await fleet.revive(READER)


async def count_twice(fleet: Fleet, traffic: Traffic) -> None:
    """Let the reader forget that it has had an event."""
    partition, sequence = await _place_another(traffic)
    await wait_for_quiet(traffic.client, within_seconds=QUIET_SECONDS)
    fleet.kill(READER)
    await _execute(fleet, _MOVE, REPORTING_READER, partition, sequence)
    await fleet.revive(READER)
    await _wait_until_passed(fleet, partition, sequence)  # positions stated never go back


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


async def _place_another(traffic: Traffic) -> tuple[int, int]:
    """Send one more order; return partition and number of the event that says so."""
    client = traffic.client
    before = await _numbered_heads(client)
    number = FIRST_NUMBER + traffic.books.answers["created"]
    await traffic.send(plan_stories(number, 1, this_moment(), first=number), within_seconds=0)
    await _numbered_heads(client)
    for partition, head in before.items():
        call = calls.get(OWNER, f"/v1/feeds/{OWNER}", partition=partition, after=head)
        for event in (await client.send(call))["events"]:
            if event["type"] == PLACED:
                return partition, int(event["sequence"])
    raise NothingToDamageError("the order is not in the log")


async def _numbered_heads(client: AsyncClient) -> dict[int, int]:
    """Return the last number of each partition, once nothing waits for its number."""
    while True:
        heads = await client.send(calls.get(OWNER, f"/v1/feeds/{OWNER}/heads"))
        if heads["at"] is not None:
            return {int(partition): head for partition, head in heads["sequences"].items()}


async def _wait_until_passed(fleet: Fleet, partition: int, sequence: int) -> None:
    connection = await asyncpg.connect(fleet.databases["reporting"])
    deadline = time.monotonic() + QUIET_SECONDS
    try:
        while await connection.fetchval(_POSITION, REPORTING_READER, partition) <= sequence:
            if time.monotonic() > deadline:
                raise NothingToDamageError("the reader does not take the event again")
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await connection.close()


async def _execute(fleet: Fleet, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(fleet.databases["reporting"])
    try:
        done = await connection.execute(statement, *values)
    finally:
        await connection.close()
    if done.endswith(" 0"):
        raise NothingToDamageError(f"nothing there for: {statement.strip()}")
