"""Has the broker lost what it acknowledged? Detection only makes recovery faster: see heal.py.

It cannot be complete: a late request of an old relay may land where the mark expects its own.
"""

from collections.abc import Iterable
from uuid import UUID

from shared.kafka.ports import Arrival, Extent, Topics
from shared.log.lanes import Lane
from shared.log.wire import stamp_of


async def find_losses(
    topics: Topics, topic: str, log_id: UUID, lanes: Iterable[Lane]
) -> list[Lane]:
    """Return the lanes whose mark the broker does not hold any more.

    The record at the mark is looked at first, because an end may fall short on the embedded
    broker. Raises `BrokerUnavailableError`.
    """
    marked = [lane for lane in lanes if lane.offset >= 0]
    if not marked:
        return []
    extents = await topics.extents(topic, [lane.partition for lane in marked])
    held = [lane for lane in marked if _begin(extents, lane) <= lane.offset]
    wanted = {lane.partition: lane.offset for lane in held}
    records = await topics.records_at(topic, wanted) if wanted else {}
    return [
        lane
        for lane in marked
        if _is_lost(lane, log_id, extents.get(lane.partition), records.get(lane.partition))
    ]


def _begin(extents: dict[int, Extent], lane: Lane) -> int:
    extent = extents.get(lane.partition)
    return extent.begin if extent is not None else 0


def _is_lost(lane: Lane, log_id: UUID, extent: Extent | None, record: Arrival | None) -> bool:
    if (
        record is None
    ):  # if the end is above the mark, retention took it, or it was not read in time
        return extent is None or extent.end <= lane.offset
    stamp = stamp_of(record.headers)
    return stamp is None or (stamp.log_id, stamp.sequence) != (str(log_id).encode(), lane.mark)
