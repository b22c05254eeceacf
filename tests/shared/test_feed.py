"""The feed gives every numbered event of a partition in order, to who may read it."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from shared.log import writer
from shared.log.feed import read_heads
from shared.log.feed_client import FeedTrimmedError, FeedUnavailableError, HttpFeed
from shared.log.trim import NOTHING, make_months, trim
from shared.log.writer import partition_of
from shared.web.feeds import feed_router
from tests.support.applications import INTERNAL_SECRET, a_token, application_of, calling
from tests.support.event_stream import OWNER
from tests.support.log_stage import Stage
from tests.support.log_world import World

PARTITION = partition_of("a")
MONTH = datetime(2024, 3, 10, tzinfo=UTC)


@pytest.fixture
async def world(log_stage: Stage) -> AsyncIterator[World]:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=1)
    yield world
    await world.end()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    application = application_of(OWNER, world.owner, [feed_router(OWNER)])
    async with calling(application, INTERNAL_SECRET) as client:
        yield client


@pytest.fixture
async def feed(client: httpx.AsyncClient) -> HttpFeed:
    feed = HttpFeed({OWNER: "http://service/"}, INTERNAL_SECRET)
    await feed.close()
    feed._client = client
    return feed


async def test_pages_follow_each_other_without_a_hole(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.write("a", "a", "a")
    await world.pump()
    found: list[int] = []

    while True:
        parameters = {"partition": PARTITION, "after": len(found), "limit": 2}
        page = (await client.get("/v1/feeds/orders", params=parameters)).json()
        if not page["events"]:
            break
        found += [int(event["sequence"]) for event in page["events"]]

    assert found == [1, 2, 3]
    assert page["head"] == 3


async def test_the_feed_and_kafka_carry_the_same_bytes(world: World, feed: HttpFeed) -> None:
    await world.write("a")
    await world.pump()

    (record,) = await feed.page(OWNER, PARTITION, 0)

    (sent,) = world.broker.log("orders-events", PARTITION).records
    assert (record.value, record.key) == (sent.value, sent.key)
    assert list(record.headers) == list(sent.headers)


async def test_only_numbered_events_are_given(world: World, feed: HttpFeed) -> None:
    await world.write("a")

    assert await feed.page(OWNER, PARTITION, 0) == []
    assert (await feed.heads(OWNER)).at is None


async def test_heads_say_until_when_they_are_whole(world: World, feed: HttpFeed) -> None:
    await world.write("a")
    await world.relay_step("number")

    heads = await feed.heads(OWNER)

    assert heads.sequences[PARTITION] == 1
    assert heads.at is not None
    assert abs(heads.at - datetime.now(UTC)) < timedelta(seconds=5)


async def trimmed_world(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_reader: bool = True,
    held: Mapping[int, int] = NOTHING,
) -> list[str]:
    async with world.owner.transaction() as session:
        await make_months(session, MONTH - timedelta(days=30))
    with monkeypatch.context() as patch:
        patch.setattr(writer, "utc_now", lambda: MONTH)
        await world.write("a", "a")
    await world.write("a")
    await world.pump()
    await world.relay_step("save_marks")
    await world.read()
    if has_reader:
        await world.state_positions()
    async with world.owner.transaction() as session:
        return await trim(session, MONTH + timedelta(days=60), held)


async def test_what_is_trimmed_is_gone_for_good(
    world: World, feed: HttpFeed, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = await trimmed_world(world, monkeypatch)

    assert "event_log_2024_03" in dropped
    with pytest.raises(FeedTrimmedError):
        await feed.page(OWNER, PARTITION, 1)
    (left,) = await feed.page(OWNER, PARTITION, 2)
    assert left.key == b"a"
    gone = await client.get("/v1/feeds/orders", params={"partition": PARTITION})
    assert (gone.status_code, gone.json()["trimmed"]) == (410, 2)


async def test_nothing_is_trimmed_without_a_reader(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await trimmed_world(world, monkeypatch, has_reader=False) == []


@pytest.mark.parametrize(("sequence", "is_trimmed"), [(1, False), (2, False), (3, True)])
async def test_nothing_is_trimmed_that_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch, sequence: int, is_trimmed: bool
) -> None:
    dropped = await trimmed_world(world, monkeypatch, held={PARTITION: sequence})

    assert ("event_log_2024_03" in dropped) is is_trimmed


async def test_months_are_made_once(world: World) -> None:
    moment = datetime(2031, 11, 30, tzinfo=UTC)
    async with world.owner.transaction() as session:
        made = await make_months(session, moment)
        again = await make_months(session, moment)
        await session.rollback()

    assert made == ["event_log_2031_12", "event_log_2032_01", "event_log_2032_02"]
    assert again == []


@pytest.mark.parametrize("path", ["", "/heads", "/readers"])
async def test_strangers_read_nothing(world: World, path: str) -> None:
    token = await a_token(world.owner, scopes=["orders:read"])
    application = application_of(OWNER, world.owner, [feed_router(OWNER)])

    async with calling(application, token) as stranger:
        refused = await stranger.get(f"/v1/feeds/orders{path}", params={"partition": 0})
    async with calling(application) as nobody:
        unknown = await nobody.get(f"/v1/feeds/orders{path}", params={"partition": 0})

    assert (refused.status_code, unknown.status_code) == (403, 401)


async def test_readers_are_listed(world: World, client: httpx.AsyncClient) -> None:
    await world.state_positions()

    (reader,) = (await client.get("/v1/feeds/orders/readers")).json()

    assert (reader["reader"], reader["taken"], reader["partitions"]) == ("reporting", 0, 12)


@pytest.mark.parametrize("partition", [-1, 12, "x"])
async def test_a_partition_that_is_none_is_refused(
    client: httpx.AsyncClient, partition: object
) -> None:
    answer = await client.get("/v1/feeds/orders", params={"partition": str(partition)})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, content=b"no JSON"),
        httpx.Response(200, content=msgspec.json.encode({"log_id": 1})),
    ],
    ids=["error", "no JSON", "other shape"],
)
async def test_an_owner_that_talks_nonsense_is_unavailable(answer: httpx.Response) -> None:
    feed = HttpFeed({OWNER: "http://service"}, "secret")
    await feed.close()
    feed._client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer))

    with pytest.raises(FeedUnavailableError):
        await feed.heads(OWNER)
    with pytest.raises(FeedUnavailableError):
        await feed.page(OWNER, 0, 0)

    await feed.close()


async def test_an_owner_that_is_away_is_unavailable() -> None:
    feed = HttpFeed({OWNER: "http://127.0.0.1:9"}, "secret", timeout=1)

    with pytest.raises(FeedUnavailableError):
        await feed.heads(OWNER)
    with pytest.raises(FeedUnavailableError):
        await feed.heads("nobody")

    await feed.close()


async def test_heads_of_an_empty_log_are_zero(world: World) -> None:
    async with world.owner.reading() as session:
        heads = await read_heads(session)

    assert set(heads.sequences.values()) == {0}
    assert heads.trimmed == {}
