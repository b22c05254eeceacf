"""What waits holds the log, what is settled goes, and nothing is lost without a word."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx
from sqlalchemy import text

from shared.db.engine import Database
from shared.jobs import Span
from shared.kernel.clock import utc_now
from shared.observability import metrics
from shared.webhooks.judging import Answer
from shared.webhooks.keeping import forget_attempts, measure
from shared.webhooks.queue import Message, held_by_webhooks
from shopfleet.webhooks import verify_webhook
from tests.support.event_stream import fact
from tests.support.statements import counted
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


async def test_narrowed_endpoint_is_not_sent_what_was_queued_before(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.extend([REFUSED] * 2)
    await happen(database, fact("o-1"), fact("o-2", store_id="s2"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        await client.patch(
            f"{PATH}/{endpoint['endpoint_id']}",
            json={"stores": ["s2"]},
            headers={"If-Match": '"1"'},
        )
        clock.advance(hours=1)
        await settle(dispatch)

    assert [each.event["subject"] for each in receiver.received[2:]] == ["o-2"]


async def test_log_is_held_for_what_is_still_to_be_sent(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    await registered(client, receiver.url)
    receiver.answers.append(REFUSED)
    await happen(database, fact("o-1"), fact("o-1", 2))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        async with database.transaction() as session:
            held = await held_by_webhooks(session)
            await measure(session, "orders")
        clock.advance(hours=1)
        await settle(dispatch)
        async with database.transaction() as session:
            after = await held_by_webhooks(session)

    gauge = metrics.webhook_oldest_undelivered_seconds.labels("orders")
    (partition,) = [part for part, sequence in after.items() if sequence == 3]
    assert held[partition] == 1, "the first one waits for its retry"
    assert gauge._value.get() > 0


async def test_old_attempts_go_but_those_of_undelivered_messages(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.extend([REFUSED, "204 No Content\r\n"])
    await happen(database, fact("o-1"))
    async with dispatching(database, clock, webhooks_delays=[0]) as dispatch:
        await settle(dispatch)
        await happen(database, fact("o-1", 2))
        await settle(dispatch)
    until = utc_now() + timedelta(days=31)

    async with database.transaction() as session:
        await forget_attempts(session, Span(until, until), 30)

    assert [each["outcome"] for each in await deliveries(client, endpoint)] == ["failed"]


async def test_statements_of_a_step_do_not_grow_with_the_events(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    counts = []

    async def accept(message: Message, secrets: Sequence[str], now: datetime) -> Answer:
        return Answer(at=now, status=200)

    for _ in range(3):
        await registered(client, "http://127.0.0.1:9/")
    async with dispatching(database, clock, send=accept, webhooks_concurrency=50) as dispatch:
        for many in (1, 40):
            await happen(database, *[fact(f"o-{n}", many) for n in range(many)])
            with counted(database) as sent:
                await settle(dispatch)
            counts.append(len(sent))

    assert counts[0] == counts[1]


async def test_endpoint_enabled_after_its_events_were_trimmed_says_how_many_it_missed(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    path = f"{PATH}/{endpoint['endpoint_id']}"
    await client.patch(path, json={"enabled": False}, headers={"If-Match": '"1"'})
    await happen(database, fact("o-1"), fact("o-1", 2), fact("o-1", 3))
    async with database.transaction() as session:  # as the trim leaves it
        for statement in (
            "UPDATE log_lanes SET trimmed_sequence = 2 WHERE last_sequence = 3",
            "DELETE FROM event_order WHERE sequence <= 2",
        ):
            await session.execute(text(statement))

    answer = await client.patch(path, json={"enabled": True}, headers={"If-Match": '"2"'})
    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)

    assert answer.json()["missed"] == 2
    assert [each.event["data"]["external_id"] for each in receiver.received] == ["3"]


async def test_secret_that_can_not_be_opened_disables_until_there_is_another(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    path = f"/{endpoint['endpoint_id']}"
    await happen(database, fact("o-1"))
    async with database.transaction() as session:  # as another PII_KEY leaves it
        await session.execute(text("UPDATE webhook_endpoints SET sealed_secret = 'x'"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        disabled = await shown(client, endpoint)
        secret = (await post(client, f"{path}/secret")).json()["secret"]
        answer = await client.patch(
            PATH + path, json={"enabled": True}, headers={"If-Match": '"3"'}
        )
        clock.advance(minutes=1)
        await settle(dispatch)

    assert disabled["disabled_for"] == "secret-unreadable"
    assert answer.status_code == 200, answer.text
    (received,) = receiver.received
    assert verify_webhook(received.body, received.headers, secret, now=clock().timestamp())


async def test_message_whose_event_was_trimmed_fails_with_the_reason(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    receiver.answers.append("500 No\r\n")
    await happen(database, fact("o-1"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        async with database.transaction() as session:  # as a trim while it was disabled leaves it
            moved = "UPDATE webhook_messages SET received_at = received_at - interval '1 day'"
            await session.execute(text(moved))
        clock.advance(minutes=1)
        await settle(dispatch)

    last = (await deliveries(client, endpoint))[0]
    assert (last["outcome"], last["error"]) == ("failed", "the event is not in the log any more")
    assert len(receiver.received) == 1
    assert (await shown(client, endpoint))["failed"] == 1
