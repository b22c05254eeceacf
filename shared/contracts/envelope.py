"""The envelope: one CloudEvents 1.0 JSON object per event, decoded in one pass by msgspec."""

from datetime import datetime
from typing import Annotated, ClassVar, Generic, TypeVar

import msgspec

SPEC_VERSION = "1.0"

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with an offset; one without is refused when it is decoded."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The data of one fact; a subclass sets `type`, `owner.fact.version`.

    `occurred_at` is when it happened in the shop, `source_updated_at` the state of the source it
    was learned from, where there is one. A subclass only ever gains fields that have a default.
    Events hold no cycles, so the garbage collector need not know the thousands of a batch.
    """

    type: ClassVar[str]

    occurred_at: Moment
    source_updated_at: Moment | None = None

    @classmethod
    def owner(cls) -> str:
        """Return the service that states this event."""
        return cls.type.partition(".")[0]

    def key(self) -> str:
        """Return the aggregate whose order matters; events of one key arrive in order."""
        raise NotImplementedError

    def store(self) -> str | None:
        """Return the store it concerns, None where it concerns all."""
        return None


class StoreEvent(Event, frozen=True, kw_only=True):
    """A fact about one store; carries the store's calendar, so that no reader asks back.

    `day_start` is the wall-clock hour (0 to 23) at which the store's business day starts.
    """

    store_id: str
    timezone: str
    day_start: int = 0

    def store(self) -> str | None:
        """Return the store it concerns."""
        return self.store_id


Data = TypeVar("Data", bound=Event)


class CloudEvent(msgspec.Struct, Generic[Data], frozen=True, kw_only=True, gc=False):
    """An event as it stands on Kafka and in the feed (structured mode, application/json).

    Extensions: `sequence` (the gapless number within its partition, as a decimal string),
    `partitionkey`, `logid` (changes when an owner's database fell back), `receivedat` (when the
    owner accepted it), `traceparent` (W3C trace context).
    """

    id: str
    source: str
    type: str
    time: Moment
    subject: str
    sequence: str
    partitionkey: str
    logid: str
    receivedat: Moment
    data: Data
    traceparent: str | None = None
    specversion: str = SPEC_VERSION
    datacontenttype: str = "application/json"


class Header(msgspec.Struct, frozen=True):
    """The few members needed to route an event without decoding its data."""

    id: str
    type: str
    subject: str
    sequence: str
    logid: str
    data: msgspec.Raw
