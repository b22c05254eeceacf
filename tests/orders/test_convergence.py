"""Whatever rows arrive, in whatever order: what was stated adds up to what is stored."""

from itertools import count, zip_longest

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from shared.db.engine import Database
from tests.support.order_histories import Snapshot, arrivals

_numbers = count()

_DIFFERENCES = text("""
    WITH told AS (
        SELECT key AS order_id, split_part(type, '.', 2) AS fact, CAST(payload AS jsonb) AS data
        FROM event_log
    ), sums AS (
        SELECT order_id,
            sum(CASE fact
                WHEN 'order_placed' THEN (data ->> 'total_minor')::bigint
                WHEN 'order_amended' THEN (data ->> 'total_minor')::bigint
                    - (data ->> 'previous_total_minor')::bigint
                ELSE 0 END) AS total_minor,
            sum(CASE WHEN fact IN ('payment_received', 'order_paid')
                THEN (data ->> 'payment_minor')::bigint ELSE 0 END) AS paid_minor,
            sum(CASE fact WHEN 'refund_paid'
                THEN (data ->> 'amount_minor')::bigint ELSE 0 END) AS refunded_minor,
            count(*) FILTER (WHERE fact = 'order_paid') AS times_paid,
            count(*) FILTER (WHERE fact = 'order_shipped') AS parcels
        FROM told GROUP BY order_id
    )
    SELECT orders.external_id FROM orders LEFT JOIN sums USING (order_id)
    WHERE (orders.total_minor, orders.paid_minor, orders.refunded_minor)
        IS DISTINCT FROM (sums.total_minor, sums.paid_minor, sums.refunded_minor)
        OR sums.times_paid <> (orders.paid_at IS NOT NULL)::int
        OR sums.parcels <> (SELECT count(*) FROM shipments s WHERE s.order_id = orders.order_id)
        OR orders.total_minor <> orders.postage_minor - orders.discount_minor
            + (SELECT sum(amount_minor) FROM order_lines l WHERE l.order_id = orders.order_id)
        OR orders.paid_minor <> coalesce(
            (SELECT sum(amount_minor) FROM payments p WHERE p.order_id = orders.order_id), 0)
""")


@given(lives=st.lists(arrivals(), min_size=1, max_size=8))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_events_and_tables_agree(
    client: httpx.AsyncClient, database: Database, lives: list[list[Snapshot]]
) -> None:
    named = []
    for life in lives:
        name = f"H-{next(_numbers)}"
        named.append([{**snapshot, "external_id": name} for snapshot in life])

    for batch in zip_longest(*named):
        rows = [row for row in batch if row is not None]
        answer = await client.post("/v1/orders:batch", json=rows)
        assert answer.json()["counts"]["rejected"] == 0, answer.text

    async with database.transaction() as session:
        assert list(await session.execute(_DIFFERENCES)) == []
        stored = await session.execute(text("SELECT count(*) FROM orders"))
        assert stored.scalar_one() >= len(lives)
