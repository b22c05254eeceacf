"""What is refused is tried again, and every event ends delivered or in the failed list."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from shared.webhooks.judging import Answer
from shared.webhooks.queue import Message
from tests.support.event_stream import fact
from tests.support.orders import rows_of
from tests.support.webhooks import (
    PATH,
    Clock,
    Receiver,
    deliveries,
    dispatching,
    happen,
    post,
    registered,
    settle,
    shown,
)

REFUSED = "500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"


async def test_refused_event_is_sent_again_under_the_same_id(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.extend([REFUSED, "302 Found\r\nLocation: http://127.0.0.1:1/\r\n"])
    await happen(database, fact("o-1"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        assert len(receiver.received) == 1, "not before five seconds"
        for _ in range(2):
            clock.advance(minutes=5)
            await settle(dispatch)

    assert len(set(receiver.ids())) == 1
    moments = [int(each.headers["webhook-timestamp"]) for each in receiver.received]
    assert moments[1:] == [moments[0] + 300, moments[0] + 600]
    log = await deliveries(client, endpoint)
    assert [each["outcome"] for each in log] == ["delivered", "retrying", "retrying"]
    assert [each["status"] for each in log] == [204, 302, 500]
    assert [each["attempt"] for each in log] == [3, 2, 1]
    assert log[-1]["excerpt"] == "oops"
    assert datetime.fromisoformat(log[-1]["next_at"]) == clock() - timedelta(minutes=9, seconds=55)
    failed = await deliveries(client, endpoint, f"?failed=true&event_id={receiver.ids()[0]}")
    assert len(failed) == 2


async def test_receiver_that_is_gone_is_asked_no_more(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.append("410 Gone\r\n")
    await happen(database, fact("o-1"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        await happen(database, fact("o-1", 2), fact("o-2"))
        clock.advance(days=30)
        await settle(dispatch)
        gone = await shown(client, endpoint)
        await client.patch(
            f"{PATH}/{endpoint['endpoint_id']}",
            json={"enabled": True},
            headers={"If-Match": f'"{gone["version"]}"'},
        )
        assert len(receiver.received) == 1
        await settle(dispatch)

    assert (gone["enabled"], gone["disabled_for"]) == (False, "gone")
    assert len(receiver.received) == 4, "what came meanwhile waited in the log"
    trail = await rows_of(database, "audit_trail")
    assert ("webhook.disabled", "system") in {(line["action"], line["caller"]) for line in trail}


async def test_endpoint_that_fails_for_days_is_disabled_and_says_why(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.extend([REFUSED] * 50)

    async with dispatching(database, clock, webhooks_disable_hours=48) as dispatch:
        for day in range(4):
            await happen(database, fact("o-1", day))
            await settle(dispatch)
            clock.advance(days=1)

    after = await shown(client, endpoint)
    assert (after["enabled"], after["disabled_for"]) == (False, "failing")
    assert after["waiting"] > 0, "nothing is given up by it"


async def test_message_whose_retries_end_is_in_the_failed_list_and_can_be_replayed(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.extend([REFUSED] * 3)
    await happen(database, fact("o-1"))

    async with dispatching(database, clock, webhooks_delays=[0, 5, 300]) as dispatch:
        for _ in range(5):
            await settle(dispatch)
            clock.advance(hours=1)
        assert (await shown(client, endpoint))["failed"] == 1
        assert len(receiver.received) == 3

        answer = await post(client, f"/{endpoint['endpoint_id']}/replays", {"failed": True})
        await settle(dispatch)

    assert answer.json() == {"queued": 1}
    assert (await shown(client, endpoint))["failed"] == 0
    assert len(set(receiver.ids())) == 1
    assert (await deliveries(client, endpoint))[0]["outcome"] == "delivered"


async def test_process_that_dies_before_it_notes_sends_again(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    await registered(client, receiver.url)
    await happen(database, fact("o-1"), fact("o-2"))

    async with dispatching(database, clock) as dispatch, asyncio.TaskGroup() as tasks:
        await dispatch.step(tasks)  # it sends, and nothing more is heard of it
    async with dispatching(database, clock) as successor:
        await settle(successor)

    assert sorted(receiver.ids()) == sorted(2 * sorted(set(receiver.ids())))
    assert len(receiver.received) == 4


async def test_event_that_is_replayed_while_it_is_sent_is_sent_again(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    sent: list[str] = []

    async def accept(message: Message, secrets: Sequence[str], now: datetime) -> Answer:
        sent.append(message.message_id)
        if len(sent) == 1:
            await post(client, replays, {"event_ids": sent})
        return Answer(at=now, status=200)

    endpoint = await registered(client, "http://127.0.0.1:9/")
    replays = f"/{endpoint['endpoint_id']}/replays"
    await happen(database, fact("o-1"))
    async with dispatching(database, clock, send=accept) as dispatch:
        await settle(dispatch)
        clock.advance(minutes=1)
        await settle(dispatch)

    assert len(sent) == 2
    assert len(set(sent)) == 1


async def test_silent_receiver_has_the_timeout_and_no_longer(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.append(None)
    await happen(database, fact("o-1"))

    async with dispatching(database, clock, webhooks_timeout_seconds=0.2) as dispatch:
        await settle(dispatch)

    (attempt,) = await deliveries(client, endpoint)
    assert attempt["error"] == "no answer within 0.2 s"
    assert attempt["milliseconds"] >= 200


@pytest.mark.parametrize("seed", range(2))
async def test_every_event_ends_delivered_or_in_the_failed_list(
    client: httpx.AsyncClient, database: Database, clock: Clock, seed: int
) -> None:
    chance = random.Random(seed)
    begun: dict[str, list[str]] = {}

    async def answer(message: Message, secrets: Sequence[str], now: datetime) -> Answer:
        begun.setdefault(message.key, []).append(message.message_id)
        wait = timedelta(seconds=chance.choice([1, 4000]))
        status = chance.choice([200, 200, 302, 400, 429, 500, 503, None])
        return Answer(at=now, status=status, error="lost", retry_after=wait)

    endpoint = await registered(client, "http://127.0.0.1:9/")
    how: dict[str, Any] = {
        "send": answer,
        "webhooks_delays": [0, 5, 300, 1800],
        "webhooks_disable_hours": 1000,
    }
    for number in range(3):
        await happen(database, *[fact(f"o-{chance.randrange(4)}", number) for _ in range(6)])
        async with dispatching(database, clock, **how) as dispatch, asyncio.TaskGroup() as tasks:
            await dispatch.step(tasks)  # and it dies before it notes
        async with dispatching(database, clock, **how) as dispatch:
            for _ in range(chance.randrange(4)):
                await settle(dispatch)
                clock.advance(seconds=chance.choice([1, 10, 400]))
    async with dispatching(database, clock, **how) as dispatch:
        while (await shown(client, endpoint))["waiting"]:
            for _ in range(4):
                await settle(dispatch)
                clock.advance(hours=1)

    stated = await rows_of(database, "event_log", "id")
    ids = {f"{row['log_id']}:{row['id']}" for row in stated}
    log = await rows_of(database, "webhook_attempts", "id")
    delivered = {row["message_id"] for row in log if row["outcome"] == "delivered"}
    failed = {row["message_id"] for row in await rows_of(database, "webhook_messages")}
    assert delivered | failed == ids
    assert delivered & failed == set()
    for key, sent in begun.items():
        first = list(dict.fromkeys(sent))
        assert first == [f"{row['log_id']}:{row['id']}" for row in stated if row["key"] == key], (
            "first attempts of a key begin in the order of the log"
        )
