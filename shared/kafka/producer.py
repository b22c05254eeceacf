"""The producer: plain, acks=all, one batch outstanding per partition, used until a doubt."""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer

from shared.kafka.deadlines import close_or_cut
from shared.kafka.ports import Outgoing, PublishFailedError, Stored

MAX_BATCH_BYTES = 1_000_000  # under the broker's usual limit of a batch, 1,048,588
REQUEST_SECONDS = 5.0
_PUBLISH_SECONDS = 2 * REQUEST_SECONDS + 1  # an expired batch waits out the request under way


class KafkaPublisher:
    """Implements `Publisher`; the idempotent producer adds nothing here, see protocol.md."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def publish(
        self, topic: str, batches: Mapping[int, Sequence[Outgoing]]
    ) -> dict[int, Stored]:
        """Store one batch per partition; raises `PublishFailedError`.

        Records carry the time of publishing: with that of the event, retention would eat
        back-filled history at once.
        """
        outcomes = await asyncio.gather(
            *(self._store(topic, partition, records) for partition, records in batches.items()),
            return_exceptions=True,
        )
        stored: dict[int, Stored] = {}
        failures: list[BaseException] = []
        for partition, outcome in zip(batches, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                failures.append(outcome)
            else:
                stored[partition] = outcome
        if failures:
            raise PublishFailedError(repr(failures[0]), stored) from failures[0]
        return stored

    async def _store(self, topic: str, partition: int, records: Sequence[Outgoing]) -> Stored:
        batch = self._producer.create_batch()
        for record in records:
            appended = batch.append(
                key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
            )
            if appended is None:
                break
        batch.close()
        async with asyncio.timeout(_PUBLISH_SECONDS):
            sent = await self._producer.send_batch(batch, topic, partition=partition)
            answer = await sent
        return Stored(answer.offset, batch.record_count())

    async def close(self) -> None:
        """Stop the producer; what was in doubt stays so."""
        await close_or_cut(self._producer.stop(), self._producer.client.close)
