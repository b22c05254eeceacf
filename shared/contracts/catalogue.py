"""The catalogue: every event, who states it, who listens, and the topics."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from shared.contracts.consumers import CONSUMERS, GROUPS
from shared.contracts.envelope import CloudEvent, Event

OWNERS = ("directory", "orders", "promotion", "cs", "inventory")
"""The services that state events; reporting only listens."""

PARTITIONS = 12
"""Partitions of each owner's topic; fixed when the topic is made."""

WATERMARK_TOPIC = "log-watermarks"

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {event.type: event for group in GROUPS for event in group}
)
"""Every event by its wire name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of one event.

    `owners` are the services that state it, one but for what every log states of itself;
    `consumers` those that may hear it; `key` says in words which order matters.
    """

    event: type[Event]
    owners: tuple[str, ...]
    consumers: frozenset[str]
    key: str
    meaning: str

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics on which it stands."""
        return tuple(topic_of(owner) for owner in self.owners)


def entry_of(type_name: str) -> Entry:
    """Return what is agreed on an event; raises `KeyError` for an unknown type."""
    event = EVENTS[type_name]
    owner = event.owner()
    return Entry(
        event=event,
        owners=OWNERS if owner == "log" else (owner,),
        consumers=CONSUMERS[type_name],
        key=_first_line(event.key),
        meaning=_first_line(event),
    )


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


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
