"""The catalogue: every event, who states it, who listens, and the topics."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from shared.contracts import directory, log, orders
from shared.contracts.envelope import CloudEvent, Event

OWNERS = ("directory", "orders", "promotion", "cs", "inventory")
"""The services that state events; reporting only listens."""

PARTITIONS = 12
"""Partitions of each owner's topic; fixed when the topic is made."""

WATERMARK_TOPIC = "log-watermarks"

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {event.type: event for event in (*directory.EVENTS, *orders.EVENTS, *log.EVENTS)}
)
"""Every event by its wire name."""

_DECODERS: dict[str, "msgspec.json.Decoder[CloudEvent[Event]]"] = {
    name: msgspec.json.Decoder(CloudEvent[event])  # type: ignore[valid-type]
    for name, event in EVENTS.items()
}


def topic_of(owner: str) -> str:
    """Return the topic of an owner."""
    return f"{owner}-events"


def decoder_of(type_name: str) -> "msgspec.json.Decoder[CloudEvent[Event]]":
    """Return the decoder of a known type, for loops; raises `KeyError`."""
    return _DECODERS[type_name]


def decode(type_name: str, wire: bytes) -> CloudEvent[Event]:
    """Decode an event of a known type in one pass; unknown members are ignored.

    Raises `KeyError` for an unknown type and `msgspec.DecodeError` for bytes that do not fit it.
    """
    return _DECODERS[type_name].decode(wire)
