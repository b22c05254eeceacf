"""Who may register a webhook, for what, and what is shown of it."""

from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.applications import PII_KEY
from tests.support.event_stream import fact
from tests.support.orders import rows_of
from tests.support.people import kind_of, pointers
from tests.support.webhooks import (
    PATH,
    PERSONAL,
    Clock,
    deliveries,
    dispatching,
    happen,
    post,
    receiving,
    registered,
    settle,
    shown,
    webhooks_client,
)

URL = "http://127.0.0.1:9/hook"


async def test_secret_is_shown_once_and_kept_sealed(
    client: httpx.AsyncClient, database: Database
) -> None:
    answer = await post(client, "", {"url": URL, "description": "the buyer's channel"})
    endpoint = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{PATH}/{endpoint['endpoint_id']}"
    assert answer.headers["etag"] == '"1"'
    assert endpoint["secret"].startswith("whsec_")
    assert "secret" not in await shown(client, endpoint)
    (row,) = await rows_of(database, "webhook_endpoints")
    assert PERSONAL.open(row["sealed_secret"]) == endpoint["secret"]
    (line,) = await rows_of(database, "audit_trail")
    assert (line["action"], line["subject"]) == ("webhook.registered", endpoint["endpoint_id"])
    assert endpoint["secret"] not in str(line)


@pytest.mark.parametrize(
    ("body", "kind", "pointer"),
    [
        (
            {"types": ["orders.order_paid.v1", "orders.no_such.v1"]},
            "event-type-unknown",
            "/types/1",
        ),
        ({"types": ["cs.case_opened.v1"]}, "event-type-unknown", "/types/0"),
        ({"types": ["log.probe_sent.v1"]}, "event-type-unknown", "/types/0"),
        ({"types": []}, "invalid", "/types"),
        ({"stores": ["nowhere"]}, "store-unknown", "/stores"),
        ({"url": "ftp://example.com/"}, "webhook-url-refused", "/url"),
        ({"url": "https://no.such.host.invalid/"}, "webhook-url-refused", "/url"),
        ({"secret": "mine"}, "invalid", "/secret"),
    ],
)
async def test_what_makes_no_sense_is_refused_where_it_stands(
    client: httpx.AsyncClient, database: Database, body: dict[str, Any], kind: str, pointer: str
) -> None:
    answer = await post(client, "", {"url": URL, **body})

    assert answer.status_code == 422
    assert kind_of(answer) == kind
    assert pointers(answer) == [pointer]
    assert await rows_of(database, "webhook_endpoints") == []


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/"])
async def test_plain_http_and_private_addresses_need_a_setting(
    database: Database, url: str
) -> None:
    settings = {"webhooks_http": False, "webhooks_private": False}
    async with webhooks_client(database, settings=settings) as strict:
        answer = await post(strict, "", {"url": url})

    assert kind_of(answer) == "webhook-url-refused"


async def test_registering_demands_an_idempotency_key(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={"url": URL})

    assert kind_of(answer) == "idempotency-key-missing"


async def test_endpoint_is_never_of_more_stores_than_its_caller(
    client: httpx.AsyncClient, database: Database
) -> None:
    foreign = await registered(client, URL, stores=["s1", "s3"])
    of_all = await registered(client, URL)
    async with webhooks_client(database, stores=["s1", "s2"]) as limited:
        mine = await registered(limited, URL)
        narrower = await registered(limited, URL, stores=["s1"])
        refused = await post(limited, "", {"url": URL, "stores": ["s1", "s3"]})
        listed = (await limited.get(PATH)).json()["items"]
        tag = {"If-Match": '"1"'}
        path = f"{PATH}/{narrower['endpoint_id']}"
        widened = await limited.patch(path, json={"stores": ["s3"]}, headers=tag)
        resolved = await limited.patch(path, json={"stores": None}, headers=tag)
        unseen = [
            await limited.request(method, f"{PATH}/{each['endpoint_id']}{rest}", json=body)
            for each in (foreign, of_all)
            for method, rest, body in (
                ("GET", "", None),
                ("GET", "/deliveries", None),
                ("PATCH", "", {"enabled": False}),
                ("DELETE", "", None),
            )
        ]

    assert mine["stores"] == resolved.json()["stores"] == ["s1", "s2"]
    assert kind_of(refused) == kind_of(widened) == "store-forbidden"
    assert [each["endpoint_id"] for each in listed] == [
        mine["endpoint_id"],
        narrower["endpoint_id"],
    ]
    assert {(answer.status_code, kind_of(answer)) for answer in unseen} == {
        (404, "webhook-unknown")
    }
    assert of_all["stores"] is None


async def test_who_registers_must_be_allowed_to_read_what_is_sent(database: Database) -> None:
    async with webhooks_client(database, scopes=["webhooks:write"]) as blind:
        answer = await post(blind, "", {"url": URL})
    async with webhooks_client(database, scopes=["webhooks:write", "orders:read"]) as seeing:
        registered_ = await registered(seeing, URL)
        path = f"{PATH}/{registered_['endpoint_id']}"
        unlisted = await seeing.get(path)

    assert (answer.status_code, answer.json()["scope"]) == (403, "orders:read")
    assert (unlisted.status_code, unlisted.json()["scope"]) == (403, "webhooks:read")


async def test_service_without_a_key_to_seal_with_says_so(database: Database) -> None:
    assert PII_KEY
    async with webhooks_client(database, settings={"pii_key": ""}) as client:
        answer = await post(client, "", {"url": URL})

    assert (answer.status_code, kind_of(answer)) == (503, "sealing-key-missing")


async def test_change_names_the_version_it_saw_and_null_means_all(
    client: httpx.AsyncClient, database: Database
) -> None:
    endpoint = await registered(client, URL, types=["orders.order_paid.v1"], stores=["s1"])
    path = f"{PATH}/{endpoint['endpoint_id']}"

    missing = await client.patch(path, json={"enabled": False})
    changed = await client.patch(
        path, json={"types": None, "enabled": False}, headers={"If-Match": '"1"'}
    )
    stale = await client.patch(path, json={"enabled": True}, headers={"If-Match": '"1"'})
    empty = await client.patch(path, json={"url": None}, headers={"If-Match": '"2"'})

    assert kind_of(missing) == "if-match-missing"
    assert changed.headers["etag"] == '"2"'
    told = changed.json()
    assert (told["types"], told["stores"], told["disabled_for"]) == (None, ["s1"], "caller")
    assert (stale.status_code, empty.status_code) == (412, 422)
    line = (await rows_of(database, "audit_trail", "id"))[-1]
    assert (line["action"], line["store_id"]) == ("webhook.changed", "s1")
    assert line["before"] == {"types": ["orders.order_paid.v1"], "is_enabled": True}
    assert line["after"] == {"types": None, "is_enabled": False}


async def test_deleted_endpoint_leaves_only_its_line_in_the_trail(
    client: httpx.AsyncClient, database: Database
) -> None:
    endpoint = await registered(client, URL)
    await post(client, f"/{endpoint['endpoint_id']}/test")

    answer = await client.delete(f"{PATH}/{endpoint['endpoint_id']}")

    assert answer.status_code == 204
    for table in ("endpoints", "positions", "messages", "attempts"):
        assert await rows_of(database, f"webhook_{table}") == []
    line = (await rows_of(database, "audit_trail", "id"))[-1]
    assert (line["action"], line["before"]["waiting"]) == ("webhook.deleted", 1)
    assert (await client.get(f"{PATH}/{endpoint['endpoint_id']}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"failed": True, "event_ids": ["x:1"]},
        {"since": "2026-11-20T00:00:00Z"},
        {"since": "2026-11-20T00:00:00Z", "until": "2026-11-20T00:00:00Z"},
        {"failed": False},
    ],
)
async def test_replay_that_is_unclear_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    endpoint = await registered(client, URL)

    answer = await post(client, f"/{endpoint['endpoint_id']}/replays", body)

    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("event_id", ["x", "1:1", "00000000-0000-7000-8000-000000000001:1", ":"])
async def test_replay_of_an_unknown_event_is_refused(
    client: httpx.AsyncClient, database: Database, event_id: str
) -> None:
    endpoint = await registered(client, URL)
    await happen(database, fact("o-1"))

    answer = await post(client, f"/{endpoint['endpoint_id']}/replays", {"event_ids": [event_id]})

    assert (kind_of(answer), pointers(answer)) == ("event-unknown", ["/event_ids/0"])


async def test_log_of_deliveries_has_pages_and_filters(
    client: httpx.AsyncClient, database: Database
) -> None:
    clock = Clock()
    async with receiving() as receiver, dispatching(database, clock) as dispatch:
        receiver.answers.extend(["500 No\r\n", "204 Yes\r\n", "500 No\r\n"])
        endpoint = await registered(client, receiver.url)
        for number in range(3):
            await happen(database, fact(f"o-{number}"))
            await settle(dispatch)
            clock.advance(seconds=1)
    path = f"{PATH}/{endpoint['endpoint_id']}/deliveries"

    first = (await client.get(f"{path}?limit=2")).json()
    second = (await client.get(f"{path}?limit=2&cursor={first['next_cursor']}")).json()
    failed = await deliveries(client, endpoint, "?failed=true")
    late = first["items"][0]["attempted_at"].replace("+", "%2B")
    since = await deliveries(client, endpoint, f"?since={late}")

    assert [each["status"] for each in first["items"] + second["items"]] == [500, 204, 500]
    assert second["next_cursor"] is None
    assert [each["status"] for each in failed] == [500, 500]
    assert [each["id"] for each in since] == [first["items"][0]["id"]]
    assert kind_of(await client.get(f"{path}?cursor=nonsense")) == "bad-cursor"
    assert kind_of(await client.get(f"{path}?since=yesterday")) == "bad-parameter"
