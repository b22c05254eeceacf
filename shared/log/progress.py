"""The board on which owners and readers post their progress: best effort, once a second."""

import asyncio
from collections.abc import Iterable

import structlog

from shared.contracts.catalogue import WATERMARK_TOPIC
from shared.kafka.ports import (
    Broker,
    BrokerUnavailableError,
    Extent,
    Publisher,
    PublishFailedError,
    Source,
    TopicPart,
)
from shared.log.watermarks import WATERMARK_PARTITIONS, Progress, progress_record, read_progress

KEEP_HOURS = 24
_BACK = 100  # statements read again at the start: some seconds' worth
_LIMIT = 1_000
_PART = TopicPart(WATERMARK_TOPIC, 0)

log = structlog.get_logger()


class ProgressBoard:
    """Posts and hears progress; a broker that is away costs nothing but news."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._publisher: Publisher | None = None
        self._source: Source | None = None
        self._offset = 0

    async def state(self, statements: Iterable[Progress]) -> None:
        """Post statements; failing to is only logged, the next second brings newer ones."""
        records = [progress_record(progress) for progress in statements]
        if not records:
            return
        try:
            publisher = self._publisher or await self._open_publisher()
            await publisher.publish(WATERMARK_TOPIC, {0: records})
        except (BrokerUnavailableError, PublishFailedError) as error:
            log.info("progress_not_stated", error=str(error))
            await self._drop_publisher()

    async def hear(self, *, within_seconds: float) -> list[Progress]:
        """Return what was posted since the last call; nothing while the broker is away."""
        try:
            source = self._source or await self._open_source()
            found = await source.fetch(within_seconds=within_seconds, limit=_LIMIT)
            records = found.get(_PART, ())
            if records:
                self._offset = records[-1].offset + 1
            else:
                await self._follow(source)
        except BrokerUnavailableError as error:
            log.info("progress_not_heard", error=str(error))
            await self._drop_source()
            await asyncio.sleep(within_seconds)
            return []
        return read_progress(record.value for record in records)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._drop_publisher()
        await self._drop_source()

    async def _open_publisher(self) -> Publisher:
        await self._ensure_topic()
        self._publisher = await self._broker.publisher()
        return self._publisher

    async def _open_source(self) -> Source:
        extent = await self._ensure_topic()
        self._source = await self._broker.tail(WATERMARK_TOPIC, WATERMARK_PARTITIONS)
        self._offset = max(extent.begin, extent.end - _BACK)
        self._source.seek(_PART, self._offset)
        return self._source

    async def _follow(self, source: Source) -> None:
        """Begin again when the topic was wiped under us."""
        extent = (await source.extents([_PART])).get(_PART)
        if extent is not None and not extent.begin <= self._offset <= extent.end:
            self._offset = max(extent.begin, extent.end - _BACK)
            source.seek(_PART, self._offset)

    async def _ensure_topic(self) -> Extent:
        topics = await self._broker.topics()
        try:
            await topics.ensure(WATERMARK_TOPIC, WATERMARK_PARTITIONS, keep_hours=KEEP_HOURS)
            return (await topics.extents(WATERMARK_TOPIC, [0])).get(0, Extent(0, 0))
        finally:
            await topics.close()

    async def _drop_publisher(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()

    async def _drop_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            await source.close()
