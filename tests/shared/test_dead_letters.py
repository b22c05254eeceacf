"""An event that fails waits aside with all that follows it of its key, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import CloudEvent, Event
from shared.kafka.ports import Outgoing
from shared.log.dead_letters import (
    DeadLetter,
    DeadLetterMissingError,
    discard,
    list_dead_letters,
    replay,
    wire_of,
)
from shared.log.reader import Subscription
from shared.log.writer import partition_of
from shared.web.dead_letters import dead_letters_router
from tests.support.applications import a_token, application_of, calling
from tests.support.event_stream import OWNER, Effects, effects_of
from tests.support.log_stage import Stage
from tests.support.log_world import READER, TOPIC, World


class Picky(Effects):
    """Fails at the facts it is told."""

    def __init__(self) -> None:
        self.refused: set[int] = set()

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        numbers: list[Any] = [getattr(event.data, "external_id", "0") for event in events]
        await super().apply(session, events)
        if self.refused & {int(number) for number in numbers}:
            raise ValueError("poison")


@pytest.fixture
def picky() -> Picky:
    return Picky()


@pytest.fixture
async def world(log_stage: Stage, picky: Picky) -> AsyncIterator[World]:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=1)
    world.readers[0].taker = world.variant.taker(READER, world.reading, picky)
    yield world
    await world.end()


async def letters(world: World) -> list[DeadLetter]:
    async with world.reading.reading() as session:
        return await list_dead_letters(session)


async def deliver(world: World, *keys: str) -> None:
    await world.write(*keys)
    await world.pump()
    await world.read()


async def park_three(world: World, picky: Picky) -> list[DeadLetter]:
    """Three of a: the first is poison, and one of b."""
    await world.write("a", "a", "b", "a")
    picky.refused = {world.committed["a"][0]}
    await world.pump()
    await world.read()
    return await letters(world)


async def test_one_poison_event_stops_its_key_and_nothing_else(world: World, picky: Picky) -> None:
    parked = await park_three(world, picky)

    assert [(each.key, each.reason, each.attempts) for each in parked] == [
        ("a", "failed", 1),
        ("a", "held", 0),
        ("a", "held", 0),
    ]
    assert [each.sequence for each in parked] == [1, 2, 3]
    assert "poison" in parked[0].detail
    assert await effects_of(world.reading) == {"b": world.committed["b"]}


async def test_what_comes_later_joins_the_held(world: World, picky: Picky) -> None:
    await park_three(world, picky)

    await deliver(world, "a")

    assert [each.sequence for each in await letters(world)] == [1, 2, 3, 4]


async def test_a_replay_lets_the_whole_key_take_effect_in_order(world: World, picky: Picky) -> None:
    parked = await park_three(world, picky)
    picky.refused = set()

    async with world.reading.transaction() as session:
        outcome = await replay(session, picky, parked[2].id)

    assert (outcome.applied, outcome.remaining, outcome.error) == (3, 0, None)
    assert await letters(world) == []
    await deliver(world, "a")
    assert await effects_of(world.reading) == dict(world.committed)


async def test_a_replay_stops_where_it_fails_again(world: World, picky: Picky) -> None:
    parked = await park_three(world, picky)
    picky.refused = {world.committed["a"][1]}

    async with world.reading.transaction() as session:
        outcome = await replay(session, picky, parked[0].id)

    assert (outcome.applied, outcome.remaining) == (1, 2)
    left = await letters(world)
    assert [(each.sequence, each.reason, each.attempts) for each in left] == [
        (2, "failed", 1),
        (3, "held", 0),
    ]


async def test_discarding_removes_only_what_was_named(world: World, picky: Picky) -> None:
    parked = await park_three(world, picky)

    async with world.reading.transaction() as session:
        await discard(session, [parked[0].id])
    await deliver(world, "a")

    assert [each.sequence for each in await letters(world)] == [2, 3, 4]


async def test_the_reader_waits_while_a_replay_is_under_way(world: World, picky: Picky) -> None:
    parked = await park_three(world, picky)
    picky.refused = set()
    await world.write("a")
    await world.pump()

    async with world.reading.transaction() as session:
        await replay(session, picky, parked[0].id)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(world.read())
            await asyncio.wait({reading}, timeout=0.2)
            assert not reading.done()
            await session.commit()

    assert await letters(world) == []
    assert await effects_of(world.reading) == dict(world.committed)


async def test_bytes_that_cannot_be_decoded_are_parked(world: World) -> None:
    await world.write("a")
    await world.pump()
    log = world.broker.log(TOPIC, partition_of("a"))
    log.records[0] = Outgoing(b"a", b"{ not JSON", log.records[0].headers)

    await world.read()

    (letter,) = await letters(world)
    assert letter.reason == "undecodable"
    async with world.reading.reading() as session:
        assert await wire_of(session, letter.id) == b"{ not JSON"


async def test_a_letter_that_is_gone_is_said_to_be(world: World) -> None:
    async with world.reading.reading() as session:
        with pytest.raises(DeadLetterMissingError):
            await wire_of(session, 10**9)


async def test_a_broken_connection_parks_nothing(world: World) -> None:
    async def lose(*_: object) -> None:
        raise ConnectionResetError("gone")

    applier = Picky()
    applier.apply = lose  # type: ignore[assignment, method-assign]
    world.readers[0].taker = world.variant.taker(READER, world.reading, applier)
    await world.write("a")
    await world.pump()

    with pytest.raises(ConnectionResetError):
        await world.readers[0].step()

    assert await letters(world) == []


@pytest.fixture
async def client(world: World, picky: Picky) -> AsyncIterator[httpx.AsyncClient]:
    router = dead_letters_router("reporting")
    application = application_of("reporting", world.reading, [router])
    application.state.subscriptions = (Subscription(READER, (OWNER,), picky),)
    token = await a_token(world.reading)
    async with calling(application, token) as client:
        yield client


async def test_people_see_replay_and_give_up_over_http(
    world: World, picky: Picky, client: httpx.AsyncClient
) -> None:
    parked = await park_three(world, picky)
    path = "/v1/dead-letters/reporting"

    listed = (await client.get(path)).json()
    whole = (await client.get(f"{path}/{parked[0].id}")).json()
    again = await client.post(f"{path}/{parked[0].id}/replay")
    given_up = await client.post(f"{path}/{parked[0].id}/discard")
    replayed = await client.post(f"{path}/{parked[1].id}/replay")
    missing = await client.post(f"{path}/{parked[1].id}/replay")

    assert [each["id"] for each in listed["items"]] == [each.id for each in parked]
    assert '"subject":"a"' in whole["event"]
    assert (again.json()["applied"], given_up.status_code) == (0, 200)
    assert (replayed.json()["applied"], missing.status_code) == (2, 404)
    trail = (await client.get("/v1/audit/reporting")).json()["items"]
    assert [each["action"] for each in trail] == [
        "dead_letter.replayed",
        "dead_letter.discarded",
        "dead_letter.replayed",
    ]


async def test_strangers_replay_nothing(world: World) -> None:
    router = dead_letters_router("reporting")
    token = await a_token(world.reading, scopes=["dead-letters:read"])
    async with calling(application_of("reporting", world.reading, [router]), token) as client:
        refused = await client.post("/v1/dead-letters/reporting/1/replay")

    assert refused.status_code == 403
