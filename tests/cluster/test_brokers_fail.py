"""Brokers of a cluster fail; what was stated arrives once and in order, by the brokers alone."""

import asyncio

import pytest

from tests.support.apache_kafka import ApacheKafka
from tests.support.eventually import eventually
from tests.support.flow import KEYS, Flow

pytestmark = pytest.mark.timeout(180)

ARRIVAL_SECONDS = 60.0
"""A new leader takes six seconds, a reader that lost its coordinator ten more."""


async def _flows(flow: Flow, rounds: int = 5) -> None:
    """Wait until so many more rounds took effect."""
    wanted = await flow.counted() + rounds * KEYS

    async def is_there() -> bool:
        return await flow.counted() >= wanted

    await eventually(is_there, within_seconds=ARRIVAL_SECONDS)


async def test_members_that_come_and_go_lose_nothing(flow: Flow) -> None:
    async with flow.relaying(), flow.stating():
        async with flow.reading():
            await _flows(flow)
            async with flow.reading() as second:
                await eventually(lambda: second.is_ready, within_seconds=ARRIVAL_SECONDS)
                await _flows(flow)
        async with flow.reading():
            await _flows(flow)
            async with flow.reading() as fourth:
                await eventually(lambda: fourth.is_ready, within_seconds=ARRIVAL_SECONDS)
                await _flows(flow)
    async with flow.relaying(), flow.reading():
        await eventually(flow.has_arrived, within_seconds=ARRIVAL_SECONDS)

    await flow.verify()


@pytest.mark.parametrize("place", [0, 2])
async def test_a_killed_broker_is_done_without(
    flow: Flow, whole_cluster: ApacheKafka, place: int
) -> None:
    node = whole_cluster.nodes[place]  # with twelve partitions each leads some
    async with flow.relaying(), flow.reading():
        async with flow.stating():
            await _flows(flow)
            node.kill()
            await _flows(flow)
            node.start()
            await _flows(flow)
        await eventually(flow.has_arrived, within_seconds=ARRIVAL_SECONDS)

    await flow.verify()


async def test_a_paused_broker_is_done_without(flow: Flow, whole_cluster: ApacheKafka) -> None:
    async with flow.relaying(), flow.reading():
        async with flow.stating():
            await _flows(flow)
            whole_cluster.nodes[1].pause()
            await asyncio.sleep(12)  # longer than its session with the controller
            whole_cluster.nodes[1].resume()
            await _flows(flow)
        await eventually(flow.has_arrived, within_seconds=ARRIVAL_SECONDS)

    await flow.verify()


async def test_nothing_is_acknowledged_by_one_broker_of_three(
    flow: Flow, whole_cluster: ApacheKafka
) -> None:
    async with flow.relaying(), flow.reading():
        await flow.state_round()
        await eventually(flow.has_arrived, within_seconds=ARRIVAL_SECONDS)
        await eventually(lambda: _is_marked(flow, KEYS), within_seconds=10)
        for node in whole_cluster.nodes[:2]:
            node.kill()
        for _ in range(10):
            await flow.state_round()
        await eventually(lambda: _is_numbered(flow, flow.stated * KEYS), within_seconds=10)
        await asyncio.sleep(8)  # a request's time is over and a new producer was tried
        marked, _ = await flow.marks()
        arrived = await flow.counted()
        for node in whole_cluster.nodes[:2]:
            node.start()
        await eventually(flow.has_arrived, within_seconds=2 * ARRIVAL_SECONDS)

    assert (marked, arrived) == (KEYS, KEYS)
    await flow.verify()


async def _is_marked(flow: Flow, wanted: int) -> bool:
    return (await flow.marks())[0] == wanted


async def _is_numbered(flow: Flow, wanted: int) -> bool:
    return (await flow.marks())[1] == wanted
