"""What became of a row, asked by its receipt."""

import httpx
import pytest
from sqlalchemy import text

from shared.db.engine import Database
from tests.support.orders import a_payment, an_order, orders_client, rows_of


async def number_all(database: Database) -> None:
    """Number what waits, as the relay does, without publishing."""
    async with database.transaction() as session:
        await session.execute(
            text("""
                INSERT INTO event_order (partition, sequence, event_id, received_at)
                SELECT partition, row_number() OVER (PARTITION BY partition ORDER BY event_id),
                       event_id, received_at FROM event_pending
            """)
        )
        await session.execute(text("DELETE FROM event_pending"))
        await session.execute(
            text("""
                UPDATE log_lanes l SET last_sequence = n.last FROM (
                    SELECT partition, max(sequence) AS last FROM event_order GROUP BY partition
                ) n WHERE l.partition = n.partition
            """)
        )


async def run(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))


@pytest.fixture
async def lanes(database: Database) -> None:
    """The rows of the partitions, as the migrations leave them."""
    await run(
        database,
        "INSERT INTO log_lanes (partition) SELECT generate_series(0, 11) ON CONFLICT DO NOTHING",
    )


@pytest.mark.usefixtures("lanes")
async def test_receipt_follows_its_row_to_the_figures(
    client: httpx.AsyncClient, database: Database
) -> None:
    receipt = (await client.post("/v1/orders", json=an_order(payments=[a_payment()]))).json()[
        "receipt"
    ]

    async def state() -> str:
        answer = await client.get(f"/v1/receipts/orders/{receipt}")
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["state"]
        return found

    states = [await state()]
    await number_all(database)
    states.append(await state())
    await run(database, "UPDATE log_lanes SET mark_sequence = last_sequence")
    states.append(await state())
    for next_sequence in (2, 3):  # past the first of its two events, then past both
        await run(
            database,
            f"""
            INSERT INTO log_readers (reader, partition, log_id, next_sequence)
            SELECT 'reporting', partition, log_id, {next_sequence}
            FROM log_lanes, log_identity WHERE is_current
            ON CONFLICT (reader, partition) DO UPDATE SET next_sequence = {next_sequence}
            """,
        )
        states.append(await state())

    assert states == ["accepted", "accepted", "published", "published", "reported"]


@pytest.mark.usefixtures("lanes")
async def test_last_write_of_a_row_is_found_by_its_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/v1/orders", json=an_order())
    second = await client.post("/v1/orders", json=an_order(payments=[a_payment()]))

    answer = await client.get("/v1/receipts/orders?store_id=s1&external_id=A-1")

    assert answer.json()["receipt"] == second.json()["receipt"]
    assert answer.json()["state"] == "accepted"
    assert len(await rows_of(database, "order_receipts")) == 2


@pytest.mark.parametrize("receipt", ["ord_x.1", "nothing", "ord_x.99999999999999999999", "a.b"])
async def test_unknown_receipt_is_not_found(client: httpx.AsyncClient, receipt: str) -> None:
    answer = await client.get(f"/v1/receipts/orders/{receipt}")

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/receipt-unknown")


async def test_receipts_of_other_stores_are_not_found(database: Database) -> None:
    async with orders_client(database) as mine, orders_client(database, stores=["s2"]) as other:
        receipt = (await mine.post("/v1/orders", json=an_order())).json()["receipt"]

        answers = [
            await other.get(f"/v1/receipts/orders/{receipt}"),
            await other.get("/v1/receipts/orders?store_id=s1&external_id=A-1"),
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
