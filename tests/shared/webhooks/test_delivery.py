"""Events reach the receivers that asked for them, over a real socket, signed and in order."""

from pathlib import Path

import httpx
import pytest

from shared.contracts.directory import StaffStated
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.webhooks import runner
from shared.webhooks.runner import WebhookRunner
from shopfleet.webhooks import verify_webhook
from tests.support.applications import some_settings
from tests.support.certificates import make_certificates
from tests.support.event_stream import fact
from tests.support.eventually import eventually
from tests.support.running import running_roles
from tests.support.webhooks import (
    LOCAL,
    Clock,
    Receiver,
    deliveries,
    dispatching,
    happen,
    post,
    receiving,
    registered,
    settle,
    shown,
)


async def test_what_was_stated_arrives_once_signed_and_whole(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    await happen(database, fact("earlier"))
    endpoint = await registered(client, receiver.url)
    await happen(database, fact("o-1", 7), fact("o-2"))

    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)
        await settle(dispatch)

    assert sorted(each.event["subject"] for each in receiver.received) == ["o-1", "o-2"]
    for each in receiver.received:
        told = verify_webhook(
            each.body, each.headers, [endpoint["secret"]], now=clock().timestamp()
        )
        assert told == each.event["id"] == each.id
        assert each.headers["content-type"] == "application/json"
        assert each.headers["host"] == receiver.url.split("/")[2]
    (first,) = [each.event for each in receiver.received if each.event["subject"] == "o-1"]
    assert first["data"]["external_id"] == "7"
    assert {each["outcome"] for each in await deliveries(client, endpoint)} == {"delivered"}
    assert (await shown(client, endpoint))["waiting"] == 0


async def test_types_and_stores_choose_and_events_of_no_store_need_all(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    async with receiving() as other:
        await registered(client, receiver.url, stores=["s1"])
        await registered(client, other.url, types=["orders.order_paid.v1"])
        staff = StaffStated(
            occurred_at=utc_now(), staff_number="1", name="x", roles=[], stores=None,
            is_enabled=True, version=1,
        )  # fmt: skip
        await happen(database, fact("o-1"), fact("o-2", store_id="s2"), staff)

        async with dispatching(database, clock) as dispatch:
            await settle(dispatch)

        assert [each.event["subject"] for each in receiver.received] == ["o-1"]
        assert other.received == []


async def test_dead_endpoint_delays_no_other_and_one_process_sends(
    client: httpx.AsyncClient,
    database: Database,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "_GRACE_SECONDS", 0.05)
    async with receiving(is_dead=True) as dead:
        await registered(client, dead.url)
        await registered(client, receiver.url)
        await happen(database, *[fact(f"o-{n}", m) for n in range(6) for m in range(3)])
        chosen = some_settings(database, **LOCAL)
        processes = [WebhookRunner("orders", database, chosen) for _ in range(2)]

        async with running_roles(*processes):
            await eventually(lambda: len(receiver.received) == 18, within_seconds=10)
            await happen(database, fact("later"))
            await eventually(lambda: len(receiver.received) == 19, within_seconds=10)

        assert 0 < len(dead.received) <= 4, "a few attempts at once, and they hang"
        assert len(set(receiver.ids())) == len(receiver.received), "two would have sent twice"
    for n in range(6):
        numbers = [
            each.event["data"]["external_id"]
            for each in receiver.received
            if each.event["subject"] == f"o-{n}"
        ]
        assert numbers == ["0", "1", "2"], "in the order of the log per key"


async def test_replay_by_period_and_by_id_sends_what_came_before_the_endpoint(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    since = utc_now()
    await happen(database, fact("o-1"), fact("o-2", store_id="s2"))
    endpoint = await registered(client, receiver.url, stores=["s1"])
    period = {"since": since.isoformat(), "until": utc_now().isoformat()}
    replays = f"/{endpoint['endpoint_id']}/replays"
    clock.advance(seconds=10)

    async with dispatching(database, clock) as dispatch:
        by_period = await post(client, replays, period)
        await settle(dispatch)
        (sent,) = receiver.ids()
        by_id = await post(client, replays, {"event_ids": [sent]})
        await settle(dispatch)
        log_id = sent.partition(":")[0]
        foreign = await post(client, replays, {"event_ids": [sent, f"{log_id}:2"]})

    assert by_period.json() == by_id.json() == {"queued": 1}
    assert [each.event["subject"] for each in receiver.received] == ["o-1", "o-1"]
    assert receiver.ids() == [sent, sent]
    assert foreign.status_code == 422
    assert foreign.json()["errors"][0]["pointer"] == "/event_ids/1"


async def test_former_secret_signs_too_for_a_day(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    answer = await post(client, f"/{endpoint['endpoint_id']}/secret")
    secrets = [endpoint["secret"], answer.json()["secret"]]

    async with dispatching(database, clock) as dispatch:
        await happen(database, fact("o-1"))
        await settle(dispatch)
        clock.advance(hours=25)
        await happen(database, fact("o-1", 2))
        await settle(dispatch)

    first, second = receiver.received
    for secret in secrets:
        assert verify_webhook(
            first.body, first.headers, [secret], now=float(first.headers["webhook-timestamp"])
        )
    assert secrets[0] != secrets[1]
    assert first.headers["webhook-signature"].count("v1,") == 2
    assert second.headers["webhook-signature"].count("v1,") == 1
    assert verify_webhook(second.body, second.headers, secrets[1], now=clock().timestamp())


async def test_address_is_checked_again_when_it_is_called(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    await happen(database, fact("o-1"))
    strict = some_settings(database, webhooks_http=True)

    async with running_roles(WebhookRunner("orders", database, strict)):
        await eventually(lambda: _is_tried(client, endpoint), within_seconds=10)

    (attempt,) = await deliveries(client, endpoint)
    assert "not on the public internet" in attempt["error"]
    assert receiver.received == []


async def _is_tried(client: httpx.AsyncClient, endpoint: dict[str, str]) -> bool:
    return bool(await deliveries(client, endpoint))


async def test_test_event_is_sent_to_an_endpoint_alone(
    client: httpx.AsyncClient, database: Database, receiver: Receiver, clock: Clock
) -> None:
    endpoint = await registered(client, receiver.url)
    await registered(client, f"{receiver.url}/other")
    clock.advance(seconds=10)

    answer = await post(client, f"/{endpoint['endpoint_id']}/test")
    async with dispatching(database, clock) as dispatch:
        await settle(dispatch)

    (received,) = receiver.received
    assert received.id == answer.json()["event_id"]
    assert received.event["type"] == "webhooks.test.v1"
    assert received.event["data"] == {"endpoint_id": endpoint["endpoint_id"]}


async def test_certificate_must_name_the_host_though_the_address_is_called(
    client: httpx.AsyncClient,
    database: Database,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca_file))
    async with receiving(certificate=made.server_file) as receiver:
        named = await registered(client, receiver.url)
        other = await registered(client, receiver.url.replace("127.0.0.1", "localhost"))
        await happen(database, fact("o-1"))

        async with dispatching(database, clock) as dispatch:
            await settle(dispatch)

    assert [each["status"] for each in await deliveries(client, named)] == [204]
    (refused,) = await deliveries(client, other)
    assert "CERTIFICATE_VERIFY_FAILED" in refused["error"]
    assert len(receiver.received) == 1
