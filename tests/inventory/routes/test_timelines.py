"""The story of a SKU names what made it oversold."""

from datetime import UTC, datetime, timedelta

import httpx

from shared.db.engine import Database
from tests.support.hearing import hear
from tests.support.order_events import OrderStory
from tests.support.stock import listed, move, rows_sent, stocked


async def test_the_first_row_that_oversold_is_named(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=5)
    await listed(client, "s1", "tea")
    await hear(database, OrderStory("good").placed(("tea", 3)))
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    guilty = await move(client, "adjust", quantity=-4, reason="counted", occurred_at=long_ago)
    await hear(database, OrderStory("later").shipped(("tea", 1)))
    report = {"store_id": "s1", "sku": "tea", "quantity": 5}
    await rows_sent(client, "/v1/channel-stock:batch", [report])

    story = (await client.get("/v1/skus/tea/timeline")).json()

    first = story["oversold_by"]
    assert (first["movement_id"], first["free"]) == (guilty["movement_id"], -2)
    assert first["is_late"]
    assert first["lag_seconds"] > 7000
    assert [(each["kind"], each["free"]) for each in story["chapters"]] == [
        ("receive", 5),
        ("reserve", 2),
        ("adjust", -2),
        ("issue", -3),
    ]
    [channel] = story["channels"]
    assert (channel["sellable"], channel["channel_quantity"]) == (0, 5)
    assert channel["channel_lag_seconds"] >= 0


async def test_a_story_without_oversale_names_nobody_and_may_begin_later(
    client: httpx.AsyncClient,
) -> None:
    await stocked(client, tea=5)
    now = datetime.now(UTC)

    whole = (await client.get("/v1/skus/tea/timeline")).json()
    none = (
        await client.get(
            "/v1/skus/tea/timeline", params={"since": (now + timedelta(hours=1)).isoformat()}
        )
    ).json()

    assert (whole["oversold_by"], len(whole["chapters"]), whole["is_cut"]) == (None, 1, False)
    assert none["chapters"] == []
    assert (await client.get("/v1/skus/none/timeline")).status_code == 404
