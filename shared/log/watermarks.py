"""What owners and readers state about their progress, on the topic `log-watermarks`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from shared.kafka.ports import Outgoing

WATERMARK_PARTITIONS = 1


class OwnerProgress(msgspec.Struct, frozen=True, kw_only=True, tag="owner"):
    """Everything the owner committed before `at` has a number up to `sequences[partition]`."""

    owner: str
    log_id: UUID
    at: datetime
    sequences: dict[int, int]


class ReaderProgress(msgspec.Struct, frozen=True, kw_only=True, tag="reader"):
    """The reader has taken effect of everything before `next_sequences[partition]`."""

    reader: str
    owner: str
    log_id: UUID
    next_sequences: dict[int, int]


Progress = OwnerProgress | ReaderProgress

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Progress] = msgspec.json.Decoder(OwnerProgress | ReaderProgress)


def progress_record(progress: Progress) -> Outgoing:
    """Return the record of a statement."""
    return Outgoing(key=progress.owner.encode(), value=_encoder.encode(progress), headers=())


def read_progress(values: Iterable[bytes | None]) -> list[Progress]:
    """Return the statements that can be read; others are of a newer or a foreign program."""
    found: list[Progress] = []
    for value in values:
        try:
            found.append(_decoder.decode(value or b""))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found
