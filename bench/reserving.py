"""How many reservations a second one process makes, by events and over HTTP."""

import itertools
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import text

from bench.engines import Engines
from bench.load import post, requests_a_second
from bench.processes import running_service
from bench.statements import pgbench
from services.inventory.handlers import APPLIER
from shared.contracts.catalogue import decoder_of
from shared.contracts.envelope import CloudEvent, Event
from shared.db.engine import Database
from tests.support.applications import a_token, open_store
from tests.support.order_events import OrderStory

SKUS = 1000
UNITS = 1_000_000
BATCH = 500
CLIENTS = 32
POOL = 5

_PAYLOAD = "x" * 400
_SKU = "'SKU-' || (CAST(:id AS bigint) % 1000 + 1)"
_ORDER = "'ord_' || CAST(:id AS text)"
_RESERVATION = "'rsv_' || CAST(:id AS text)"

BARE = f"""
    BEGIN;
    UPDATE stock_balances SET reserved = reserved + 1, version = version + 1, updated_at = now()
    WHERE warehouse_id = 'main' AND sku = {_SKU} AND available >= 1;
    INSERT INTO stock_movements (kind, bucket, warehouse_id, sku, quantity, occurred_at, leg,
                                 store_id, order_id, reservation_id, caller)
    VALUES ('reserve', 'reserved', 'main', {_SKU}, 1, now(), 0, 's1', {_ORDER}, {_RESERVATION},
            'bench');
    INSERT INTO reservations (reservation_id, store_id, order_id, status, reserve_on, wanted,
                              lines, short, refunds, is_paid, version, expires_at)
    VALUES ({_RESERVATION}, 's1', {_ORDER}, 'held', 'placed', '[]', '[]', '[]',
            CAST('{{}}' AS text[]), false, 1, now() + CAST('3 days' AS interval));
    WITH stated AS (
        INSERT INTO event_log (log_id, type, key, partition, store_id, payload, occurred_at,
                               received_at)
        SELECT (SELECT log_id FROM log_identity WHERE is_current), 'bench', {_ORDER}, n, 's1',
               '{_PAYLOAD}', now(), now() FROM generate_series(1, 2) AS n
        RETURNING id, partition, received_at
    )
    INSERT INTO event_pending (event_id, partition, received_at) SELECT * FROM stated;
    COMMIT
""".split(";")
"""What the least a reservation can be costs: it is taken, booked, kept and told of, twice."""


@dataclass(frozen=True)
class Reserving:
    """Reservations a second, beside those of bare SQL."""

    what: str
    rows: float
    plain: float

    @property
    def ratio(self) -> float:
        return self.rows / self.plain


async def measure_reserving(engines: Engines, *, seconds: int) -> list[Reserving]:
    """Measure bare SQL, events in batches, and checkouts one by one over HTTP."""
    async with engines.database("inventory") as database:
        await open_store(database, "s1")
        await _stock(database)
        plain = pgbench(engines, database, BARE, clients=POOL, seconds=seconds).transactions
        heard = await _hear(database, seconds)
        token = await a_token(database)
        await database.close()
        with running_service("inventory", database, engines, roles="api") as running:
            asked = await requests_a_second(
                running.url, _checkouts(token, seconds), clients=CLIENTS
            )
    return [
        Reserving(f"inventory hears orders, {BATCH} to a batch", heard, plain),
        Reserving("POST /v1/reservations", asked, plain),
    ]


async def _stock(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("""
                INSERT INTO warehouses (warehouse_id, name, kind, currency, timezone, day_start,
                                        rank, is_active, version)
                VALUES ('main', 'main', 'own', 'CNY', 'Asia/Shanghai', 0, 100, true, 1)
            """)
        )
        await session.execute(
            text("""
                INSERT INTO skus (sku, item_number, title, is_active, version)
                SELECT 'SKU-' || n, 'SKU-' || n, 'SKU-' || n, true, 1
                FROM generate_series(1, :skus) AS n
            """),
            {"skus": SKUS},
        )
        await session.execute(
            text("""
                INSERT INTO stock_balances (warehouse_id, sku, on_hand)
                SELECT 'main', sku, :units FROM skus
            """),
            {"units": UNITS},
        )
        await session.execute(
            text("""
                INSERT INTO store_skus (store_id, sku, is_listed, sellable)
                SELECT 's1', sku, true, :units FROM skus
            """),
            {"units": UNITS},
        )


async def _hear(database: Database, seconds: int) -> float:
    """Decode and apply batches of placed orders for so long; return how many a second."""
    chance, numbers, done = random.Random(3), itertools.count(), 0
    wires = [_wire(f"ord_h{next(numbers)}", chance) for _ in range(BATCH * 8)]
    decoder = decoder_of("orders.order_placed.v1")
    spent, batch = 0.0, 0
    while spent < seconds:
        if batch + BATCH > len(wires):
            wires, batch = [_wire(f"ord_h{next(numbers)}", chance) for _ in wires], 0
        started = time.perf_counter()
        events = [decoder.decode(wire) for wire in wires[batch : batch + BATCH]]
        async with database.transaction() as session:
            await APPLIER.apply(session, events)
        spent += time.perf_counter() - started
        done, batch = done + BATCH, batch + BATCH
    return done / spent


def _wire(order_id: str, chance: random.Random) -> bytes:
    data = OrderStory(order_id).placed((f"SKU-{chance.randrange(1, SKUS + 1)}", 1))
    event = CloudEvent[Event](
        id="1", source="/shopfleet/orders", type=data.type, time=data.occurred_at,
        subject=data.key(), sequence="1", partitionkey=data.key(), logid="l",
        receivedat=data.occurred_at, data=data,
    )  # fmt: skip
    return msgspec.json.encode(event)


def _checkouts(token: str, seconds: int) -> Iterator[bytes]:
    chance, until = random.Random(5), time.perf_counter() + seconds
    for number in itertools.count():
        if time.perf_counter() > until:
            return
        sku = f"SKU-{chance.randrange(1, SKUS + 1)}"
        body = {
            "store_id": "s1",
            "external_id": f"E-{number}",
            "lines": [{"sku": sku, "quantity": 1}],
        }
        yield post("/v1/reservations", json.dumps(body).encode(), token)
