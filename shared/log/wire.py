"""The bytes of an event on the wire: built from the immutable row and its number, always alike."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.contracts.envelope import SPEC_VERSION
from shared.kafka.ports import Headers, Outgoing

LOG_ID, SEQUENCE, TYPE = "log_id", "sequence", "type"
"""Names of a record's headers, in their order."""

_encoder = msgspec.json.Encoder()


class NumberedRow(NamedTuple):
    """A row of `event_log` with its number; the columns of every query that reads numbered rows.

    `log_id` is the identity that the log has now: a restored log gives all its numbers out anew
    under another one. `origin` is the identity under which the row was stated, a part of its name.
    """

    partition: int
    sequence: int
    id: int
    log_id: UUID
    origin: UUID
    type: str
    key: str
    payload: str
    occurred_at: datetime
    received_at: datetime
    trace: str | None


COLUMNS = """
    o.partition, o.sequence, e.id, (SELECT log_id FROM log_identity WHERE is_current), e.log_id,
    e.type, e.key, e.payload, e.occurred_at, e.received_at, e.trace
"""


def cloud_event(owner: str, row: NumberedRow) -> bytes:
    """Return the CloudEvents JSON object; the stored payload is spliced in, not encoded again."""
    head = {
        "specversion": SPEC_VERSION,
        "id": f"{row.origin}:{row.id}",
        "source": f"/shopfleet/{owner}",
        "type": row.type,
        "time": row.occurred_at,
        "subject": row.key,
        "sequence": str(row.sequence),
        "partitionkey": row.key,
        "logid": str(row.log_id),
        "receivedat": row.received_at,
        "datacontenttype": "application/json",
    }
    if row.trace is not None:
        head["traceparent"] = row.trace
    return b'%b,"data":%b}' % (_encoder.encode(head)[:-1], row.payload.encode())


def outgoing(owner: str, row: NumberedRow) -> Outgoing:
    """Return the record of an event."""
    return Outgoing(
        key=row.key.encode(),
        value=cloud_event(owner, row),
        headers=[
            (LOG_ID, str(row.log_id).encode()),
            (SEQUENCE, b"%d" % row.sequence),
            (TYPE, row.type.encode()),
        ],
    )


def received_at(wire: bytes) -> datetime | None:
    """Find when the owner accepted an event, without decoding it; None if it is not there."""
    start = wire.find(b'"receivedat":"') + 14
    end = wire.find(b'"', start)
    try:
        return datetime.fromisoformat(wire[start:end].decode())
    except ValueError:
        return None


class Stamp(NamedTuple):
    """What a record's headers say of it."""

    log_id: bytes
    sequence: int
    type: bytes


def stamp_of(headers: Headers) -> Stamp | None:
    """Read the headers; None if they are not an event's."""
    try:
        (log_name, log_id), (sequence_name, sequence), (type_name, type_) = headers
        if (log_name, sequence_name, type_name) != (LOG_ID, SEQUENCE, TYPE):
            return None
        return Stamp(log_id, int(sequence), type_)
    except ValueError:
        return None
