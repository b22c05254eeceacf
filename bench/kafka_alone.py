"""How long one record takes through the bare client, produced and consumed at a steady rate."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.delays import Delays

ARRIVE_SECONDS = 60.0


async def kafka_alone(bootstrap: str, rate: int, seconds: int) -> Delays:
    """Send so many records a second; return how late each was consumed."""
    topic = "bench-plain"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest",
        enable_auto_commit=False, fetch_max_wait_ms=100,
    )  # fmt: skip
    await producer.start()
    await consumer.start()
    delays: list[float] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_consume(consumer, rate * seconds, delays))
            await _produce(producer.send, topic, rate, seconds)
    finally:
        await producer.stop()
        await consumer.stop()
    return Delays.of(delays[rate:])


async def _produce(
    send: Callable[..., Awaitable[Any]], topic: str, rate: int, seconds: int
) -> None:
    started = time.perf_counter()
    for place in range(rate * seconds):
        due = started + place / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        await send(topic, json.dumps({"at": due, "filling": "x" * 1000}).encode())


async def _consume(consumer: AIOKafkaConsumer, count: int, delays: list[float]) -> None:
    async with asyncio.timeout(ARRIVE_SECONDS):
        async for record in consumer:
            delays.append(time.perf_counter() - json.loads(record.value)["at"])
            if len(delays) == count:
                return
