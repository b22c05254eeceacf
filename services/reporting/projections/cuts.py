"""The cut at which figures are made again: where the reader stands, and what it did without."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.projections.replaying import LogUnlikeError, Place
from services.reporting.repository.away import away
from shared.contracts.catalogue import PARTITIONS
from shared.log.acceptance import OwnerPart, Position
from shared.log.positions import load_positions, lock_positions


class Cut(NamedTuple):
    """Positions of the reader, and the events before them that took no effect."""

    positions: Mapping[OwnerPart, Position]
    away: frozenset[Place]


async def near_cut(session: AsyncSession, reader: str, owners: Collection[str]) -> Cut:
    """Return where the reader stands in the session's snapshot; raises `LogUnlikeError`."""
    return await _cut(session, reader, owners, positions=await load_positions(session, reader))


async def hold_at_cut(session: AsyncSession, reader: str, owners: Collection[str]) -> Cut:
    """Hold the reader until the transaction ends, and return where it stands.

    Raises `LogUnlikeError` if it does not read every owner.
    """
    return await _cut(session, reader, owners, positions=await lock_positions(session, reader))


async def _cut(
    session: AsyncSession,
    reader: str,
    owners: Collection[str],
    *,
    positions: Mapping[OwnerPart, Position],
) -> Cut:
    wanted = {OwnerPart(owner, number) for owner in owners for number in range(PARTITIONS)}
    ours = {part: position for part, position in positions.items() if part in wanted}
    if len(ours) != len(wanted):
        raise LogUnlikeError(f"{reader} has positions in {len(ours)} of {len(wanted)} partitions")
    return Cut(ours, frozenset(Place(*place) for place in await away(session, reader)))
