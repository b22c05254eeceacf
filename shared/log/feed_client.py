"""The feed, the reader's side: the one call that a service makes to another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import httpx
import msgspec

from shared.contracts.envelope import Header
from shared.kafka.ports import Arrival, Record
from shared.log.wire import LOG_ID, SEQUENCE, TYPE

_GONE = 410


class FeedUnavailableError(Exception):
    """The owner gave no usable answer; its feed is asked again later."""


class FeedTrimmedError(Exception):
    """The owner no longer has what comes next for this reader: it has to be rebuilt."""


class FeedHeads(msgspec.Struct, frozen=True):
    """How far an owner's log goes; see `shared.log.feed.Heads`."""

    log_id: UUID
    sequences: dict[int, int]
    at: datetime | None = None
    trimmed: dict[int, int] = {}


class FeedPage(msgspec.Struct, frozen=True):
    """Events of one partition as they stand on the wire."""

    log_id: UUID
    head: int
    events: list[msgspec.Raw]


class Feed(Protocol):
    """Asks owners; raises `FeedUnavailableError`."""

    async def heads(self, owner: str) -> FeedHeads:
        """Return how far the owner's log goes."""

    async def page(self, owner: str, partition: int, after: int) -> list[Arrival]:
        """Return the next events, in order, as records; raises `FeedTrimmedError`."""


_decode_heads = msgspec.json.Decoder(FeedHeads).decode
_decode_page = msgspec.json.Decoder(FeedPage).decode
_decode_header = msgspec.json.Decoder(Header).decode


def record_of(wire: bytes) -> Record:
    """Return an event of the feed as the record it is on Kafka, without an offset."""
    header = _decode_header(wire)
    headers = [
        (LOG_ID, header.logid.encode()),
        (SEQUENCE, header.sequence.encode()),
        (TYPE, header.type.encode()),
    ]
    return Record(-1, header.subject.encode(), wire, headers)


class HttpFeed:
    """Implements `Feed` over HTTP with the services' common secret."""

    def __init__(self, urls: Mapping[str, str], secret: str, *, timeout: float = 10.0) -> None:
        self._urls = urls
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {secret}"}, timeout=timeout, trust_env=False
        )

    async def heads(self, owner: str) -> FeedHeads:
        """Return how far the owner's log goes."""
        answer = await self._get(owner, f"/v1/feeds/{owner}/heads", {})
        try:
            return _decode_heads(answer)
        except msgspec.MsgspecError as error:
            raise FeedUnavailableError(f"{owner}: {error!r}") from error

    async def page(self, owner: str, partition: int, after: int) -> list[Arrival]:
        """Return the next events; raises `FeedTrimmedError`."""
        parameters = {"partition": partition, "after": after}
        answer = await self._get(owner, f"/v1/feeds/{owner}", parameters)
        try:
            return [record_of(bytes(raw)) for raw in _decode_page(answer).events]
        except msgspec.MsgspecError as error:
            raise FeedUnavailableError(f"{owner}: {error!r}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _get(self, owner: str, path: str, parameters: dict[str, int]) -> bytes:
        try:
            answer = await self._client.get(self._urls[owner].rstrip("/") + path, params=parameters)
        except (httpx.HTTPError, KeyError) as error:
            raise FeedUnavailableError(f"{owner}: {error!r}") from error
        if answer.status_code == _GONE:
            raise FeedTrimmedError(f"{owner}: {answer.text[:200]}")
        if not answer.is_success:
            raise FeedUnavailableError(f"{owner}: {answer.status_code}")
        return answer.content
