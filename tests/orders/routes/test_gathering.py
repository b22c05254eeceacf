"""Orders that come one by one at the same time: one transaction, and nobody notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from services.orders.app import SERVICE
from shared.db.engine import Database
from shared.web.gathering import pause_after
from tests.support.applications import a_token, application_of, calling, open_store
from tests.support.orders import a_payment, an_order, counts_of, rows_of

COUNT = 20


def row_of(number: int, **values: object) -> dict[str, object]:
    return an_order(f"A-{number}", payments=[a_payment()], **values)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


async def send_all(
    client: httpx.AsyncClient, rows: list[dict[str, object]], **headers: str
) -> list[httpx.Response]:
    return await asyncio.gather(
        *(client.post("/v1/orders", json=row, headers=headers) for row in rows)
    )


@pytest.fixture
async def broken(database: Database) -> AsyncIterator[str]:
    """The external id of an order that the database does not take."""
    await run(
        database,
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
           AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$""",
        """CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW
           WHEN (NEW.external_id = 'A-3') EXECUTE FUNCTION refuse()""",
    )
    yield "A-3"
    await run(database, "DROP FUNCTION refuse CASCADE")


async def run(database: Database, *statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_orders_of_one_moment_share_transactions(
    client: httpx.AsyncClient, database: Database
) -> None:
    answers = await send_all(client, [row_of(number) for number in range(COUNT)])

    assert Counter(answer.status_code for answer in answers) == {201: COUNT}
    for number, answer in enumerate(answers):
        order = answer.json()["order"]
        assert order["external_id"] == f"A-{number}"
        shown = (await client.get(f"/v1/orders/{order['order_id']}")).json()
        assert shown == order | {"buyer_orders": None, "stock": None}
    found = await rows_of(database, "(SELECT count(DISTINCT xmin::text) FROM orders) AS each")
    assert found[0]["count"] < COUNT / 2
    counts = await counts_of(database)
    assert counts["orders"] == counts["audit_trail"] == counts["order_receipts"] == COUNT
    assert counts["event_log"] == 2 * COUNT


def test_who_sends_one_after_the_other_does_not_wait() -> None:
    assert pause_after(1) == 0
    assert 0 < pause_after(2) < pause_after(4) < pause_after(50) == pause_after(100)


async def test_refused_orders_leave_their_neighbours(
    client: httpx.AsyncClient, database: Database
) -> None:
    rows = [row_of(number) for number in range(COUNT)]
    rows[3] = row_of(3, total="1.00")
    rows[7] = row_of(7, currency="JPY")
    rows[9] = row_of(9, store_id="closed")

    answers = await send_all(client, rows)

    refused = {place: kind_of(x) for place, x in enumerate(answers) if x.status_code != 201}
    assert refused == {3: "total-mismatch", 7: "currency-mismatch", 9: "store-unknown"}
    assert (await counts_of(database))["orders"] == COUNT - 3


async def test_order_that_breaks_its_group_fails_alone(
    client: httpx.AsyncClient, database: Database, broken: str
) -> None:
    answers = await send_all(client, [row_of(number) for number in range(COUNT)])

    failed = [place for place, answer in enumerate(answers) if answer.status_code != 201]
    assert [f"A-{place}" for place in failed] == [broken]
    assert answers[failed[0]].status_code == 500
    counts = await counts_of(database)
    assert counts["orders"] == counts["audit_trail"] == COUNT - 1
    assert counts["event_log"] == 2 * (COUNT - 1)


async def test_same_order_at_once_is_stored_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    answers = await send_all(client, [row_of(1) for _ in range(COUNT)])

    outcomes = Counter(answer.json()["outcome"] for answer in answers)
    assert outcomes == {"created": 1, "unchanged": COUNT - 1}
    counts = await counts_of(database)
    assert (counts["orders"], counts["order_lines"], counts["event_log"]) == (1, 2, 2)


async def test_two_processes_race_for_the_same_orders(database: Database) -> None:
    await open_store(database)
    token = await a_token(database)
    rows = [row_of(number) for number in range(COUNT)]
    applications = [application_of("orders", database, SERVICE.routers) for _ in range(2)]
    async with calling(applications[0], token) as one, calling(applications[1], token) as other:
        answers = await asyncio.gather(send_all(one, rows), send_all(other, rows[::-1]))

    outcomes = Counter(answer.json()["outcome"] for each in answers for answer in each)
    assert outcomes == {"created": COUNT, "unchanged": COUNT}
    assert (await counts_of(database))["event_log"] == 2 * COUNT


async def test_each_order_has_its_own_author_and_trace(database: Database) -> None:
    await open_store(database)
    tokens = [await a_token(database, scopes=["orders:write", name]) for name in ("a:b", "c:d")]
    application = application_of("orders", database, SERVICE.routers)
    traces = {f"A-{number}": f"00-{number + 1:032x}-{1:016x}-01" for number in range(COUNT)}

    async def send(number: int) -> tuple[str, str]:
        trace = traces[f"A-{number}"]
        async with calling(application, tokens[number % 2], traceparent=trace) as client:
            answer = await client.post("/v1/orders", json=row_of(number))
        return answer.json()["order"]["order_id"], trace.split("-")[1]

    sent = dict(await asyncio.gather(*(send(number) for number in range(COUNT))))

    trail = await rows_of(database, "audit_trail")
    assert {row["subject"]: row["trace"].split("-")[1] for row in trail} == sent
    callers = {row["subject"]: row["caller"] for row in trail}
    names = [callers[order_id] for order_id in sent]
    assert len(set(names)) == 2
    assert names == names[:2] * (COUNT // 2)
    events = await rows_of(database, "event_log")
    assert {row["key"]: row["trace"].split("-")[1] for row in events} == sent


async def test_keys_of_a_group_replay_each_its_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def send(number: int, key: int) -> httpx.Response:
        headers = {"Idempotency-Key": f"key-{key}"}
        return await client.post("/v1/orders", json=row_of(number), headers=headers)

    first = await asyncio.gather(*(send(number, number) for number in range(COUNT)))
    again = await asyncio.gather(*(send(number, number) for number in range(COUNT)))
    reused = await send(1, 2)

    assert {answer.status_code for answer in (*first, *again)} == {201}
    assert [answer.content for answer in again] == [answer.content for answer in first]
    assert all("Idempotency-Replayed" not in answer.headers for answer in first)
    for answer, replay in zip(first, again, strict=True):
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert replay.headers["Idempotency-Expires"] == answer.headers["Idempotency-Expires"]
    assert (reused.status_code, kind_of(reused)) == (422, "idempotency-key-reused")
    assert (await counts_of(database))["orders"] == COUNT


async def test_same_key_at_once_takes_effect_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "the same"}
    answers = await send_all(client, [row_of(1)] * 5, **headers)
    again = await send_all(client, [row_of(1)], **headers)

    busy = [answer for answer in answers if answer.status_code == 409]
    assert {kind_of(answer) for answer in busy} <= {"idempotency-key-busy"}
    done = [answer for answer in (*answers, *again) if answer not in busy]
    assert {(answer.status_code, answer.content) for answer in done} == {(201, done[0].content)}
    replayed = [answer for answer in done if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == len(done) - 1
    assert (await counts_of(database))["orders"] == 1


async def test_same_key_at_once_for_different_orders_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "the same"}
    answers = await send_all(client, [row_of(number) for number in range(3)], **headers)

    taken, *refused = sorted(answers, key=lambda answer: answer.status_code)
    assert taken.status_code == 201
    kinds = {kind_of(answer) for answer in refused}
    assert kinds <= {"idempotency-key-reused", "idempotency-key-busy"}
    assert (await counts_of(database))["orders"] == 1


async def test_key_of_a_refused_order_stays_free(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "mended"}
    refused = await client.post("/v1/orders", json=row_of(1, total="1.00"), headers=headers)
    mended = await client.post("/v1/orders", json=row_of(1), headers=headers)

    assert (refused.status_code, mended.status_code) == (422, 201)
    assert len(await rows_of(database, "idempotency_keys")) == 1


async def test_request_given_up_leaves_the_others(
    client: httpx.AsyncClient, database: Database
) -> None:
    sending = [
        asyncio.ensure_future(client.post("/v1/orders", json=row_of(number)))
        for number in range(COUNT)
    ]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    for one in sending[-5:]:
        one.cancel()
    answers = await asyncio.gather(*sending[:-5])

    assert {answer.status_code for answer in answers} == {201}
    after = await client.post("/v1/orders", json=row_of(COUNT))
    assert after.status_code == 201
