"""What the log wants of a broker, as Protocols: documented by what may fail.

The same scenarios run on every implementation: `tests/shared/test_broker_contract.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes]]


class BrokerUnavailableError(Exception):
    """The broker gave no usable answer in time; nothing is known of what it did."""


class Outgoing(NamedTuple):
    """A record to be stored."""

    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Stored:
    """The first `count` records given are stored from `offset` on; -1 where it is not told."""

    offset: int
    count: int


class PublishFailedError(Exception):
    """Some partition was refused or is in doubt; its records may be stored now, later or never.

    `stored` holds the partitions that are surely stored. The publisher must not be used again.
    """

    def __init__(self, detail: str, stored: Mapping[int, Stored]) -> None:
        super().__init__(detail)
        self.stored = dict(stored)


class Arrival(Protocol):
    """A record as it was read."""

    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102


class Record(NamedTuple):
    """The plainest `Arrival`."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class TopicPart(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Extent(NamedTuple):
    """What a partition holds: offsets from `begin` to `end`, which is the next to be given.

    On the embedded broker `end` may fall short by less than the last batch.
    """

    begin: int
    end: int


class Publisher(Protocol):
    """Stores records with every replica's acknowledgement, one batch outstanding per partition."""

    async def publish(
        self, topic: str, batches: Mapping[int, Sequence[Outgoing]]
    ) -> dict[int, Stored]:
        """Store one batch per partition, in order, at least the first record of each.

        Waits until every batch is decided. Raises `PublishFailedError`.
        """

    async def close(self) -> None:
        """Let go of the connection; never raises, has a deadline."""


class Topics(Protocol):
    """Looks after topics, and looks into them."""

    async def ensure(self, topic: str, partitions: int, *, keep_hours: int | None = None) -> None:
        """Create the topic, or grow one that has too few partitions.

        A new one keeps records for `keep_hours`, or for as long as the broker's setting says.
        Raises `BrokerUnavailableError`.
        """

    async def extents(self, topic: str, partitions: Iterable[int]) -> dict[int, Extent]:
        """Return what partitions hold; raises `BrokerUnavailableError`."""

    async def records_at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Arrival]:
        """Return the record at an offset of each partition.

        A partition is left out when nothing was read in time. Raises `BrokerUnavailableError`.
        """

    async def close(self) -> None:
        """Let go of the connection; never raises, has a deadline."""


class Source(Protocol):
    """Reads the partitions it is given; what was read is committed nowhere.

    A partition that becomes ours gives nothing until `seek` was called for it.
    """

    @property
    def assigned(self) -> frozenset[TopicPart]:
        """Partitions that are ours at this moment."""

    @property
    def generation(self) -> int:
        """Grows whenever the partitions were dealt anew, even if they are the same."""

    def seek(self, part: TopicPart, offset: int) -> None:
        """Go on at an offset, any offset, and start giving records of it.

        Does nothing for a partition that is not ours any more.
        """

    async def fetch(
        self, *, within_seconds: float, limit: int
    ) -> Mapping[TopicPart, Sequence[Arrival]]:
        """Return at most `limit` records, in offset order per partition; empty after the time.

        Offsets outside of what is held give nothing. Raises `BrokerUnavailableError`.
        """

    async def extents(self, parts: Iterable[TopicPart]) -> dict[TopicPart, Extent]:
        """Return what partitions hold, as far as known; raises `BrokerUnavailableError`."""

    async def close(self) -> None:
        """Leave the group; never raises, has a deadline."""


WAIT_SECONDS = 0.1
"""How long the broker may hold the answer to a fetch while there is nothing.

Apache Kafka answers with the first record. The embedded broker always waits half of it, so a reader
that is to hear at once asks often, and costs for it.
"""


class Broker(Protocol):
    """Opens connections; each raises `BrokerUnavailableError`."""

    async def publisher(self) -> Publisher:
        """Return a new publisher."""

    async def topics(self) -> Topics:
        """Return a look into topics."""

    async def source(
        self, group: str, topics: Sequence[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> Source:
        """Join a group that shares the partitions of topics."""

    async def tail(self, topic: str, partitions: int) -> Source:
        """Read all partitions of a topic, whoever else does."""
