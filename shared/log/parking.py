"""Parking: an event that cannot take effect waits in `dead_letters`, and its key behind it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.acceptance import OwnerPart, Taken
from shared.observability import metrics

UNDECODABLE, FAILED, HELD = "undecodable", "failed", "held"
_DETAIL = 2_000  # characters of an error that are kept

_HELD = text("""
    SELECT DISTINCT d.owner, d.key FROM dead_letters d
    JOIN unnest(CAST(:owners AS text[]), CAST(:partitions AS smallint[])) AS p (owner, partition)
      ON d.owner = p.owner AND d.partition = p.partition
    WHERE d.reader = :reader
""")
_PARK = text("""
    INSERT INTO dead_letters (reader, owner, partition, log_id, sequence, key, type, wire,
                              reason, detail, attempts)
    SELECT :reader, d.owner, d.partition, p.log_id, d.sequence, d.key, d.type, d.wire,
           d.reason, d.detail, d.attempts
    FROM unnest(CAST(:owners AS text[]), CAST(:partitions AS smallint[]),
                CAST(:sequences AS bigint[]), CAST(:keys AS text[]), CAST(:types AS text[]),
                CAST(:wires AS bytea[]), CAST(:reasons AS text[]), CAST(:details AS text[]),
                CAST(:attempts AS integer[]))
         AS d (owner, partition, sequence, key, type, wire, reason, detail, attempts)
    JOIN log_positions p
      ON p.reader = :reader AND p.owner = d.owner AND p.partition = d.partition
    ORDER BY d.owner, d.partition, d.sequence
""")
_COLUMNS = (
    "owners", "partitions", "sequences", "keys", "types", "wires", "reasons", "details", "attempts",
)  # fmt: skip
_RECENT = text("""
    SELECT count(*) FROM dead_letters
    WHERE reader = :reader AND reason <> 'held'
      AND parked_at > clock_timestamp() - make_interval(mins => :minutes)
""")


@dataclass(frozen=True, slots=True)
class ParkingLimit:
    """No more than `count` events are parked in `minutes`; held ones do not count."""

    count: int = 100
    minutes: int = 10


class TooManyDeadLettersError(Exception):
    """Something is wrong with more than single events: the reader stops instead of parking."""


class Parking:
    """What one transaction parks; made after its guard, so that the holds it sees are current."""

    def __init__(self, reader: str, held: set[tuple[str, str]], limit: ParkingLimit) -> None:
        self._reader = reader
        self._held = held
        self._limit = limit
        self._rows: list[tuple[object, ...]] = []
        self._fresh = 0

    @classmethod
    async def open(
        cls,
        session: AsyncSession,
        reader: str,
        parts: Iterable[OwnerPart],
        *,
        limit: ParkingLimit,
    ) -> "Parking":
        """Read the holds of partitions; the hold is the existence of a row."""
        owners, partitions = zip(*parts, strict=True)
        parameters = {"reader": reader, "owners": list(owners), "partitions": list(partitions)}
        rows = await session.execute(_HELD, parameters)
        return cls(reader, {(owner, key) for owner, key in rows}, limit)

    @property
    def is_empty(self) -> bool:
        """Whether no key is held, so that nobody needs to be asked."""
        return not self._held

    def holds(self, taken: Taken) -> bool:
        """Say whether an earlier event of this key is parked."""
        return (taken.part.owner, taken.key.decode(errors="replace")) in self._held

    def hold(self, taken: Taken) -> None:
        """Park an event behind an earlier one of its key."""
        self._add(taken, HELD, "an earlier event of this key is parked", attempts=0)

    def park(self, taken: Taken, reason: str, error: BaseException) -> None:
        """Park an event that fails; raises `TooManyDeadLettersError`."""
        self._fresh += 1
        if self._fresh > self._limit.count:
            raise TooManyDeadLettersError(f"{self._fresh} in one batch: {error!r}")
        self._add(taken, reason, repr(error)[:_DETAIL], attempts=1)

    def _add(self, taken: Taken, reason: str, detail: str, *, attempts: int) -> None:
        key = taken.key.decode(errors="replace")
        self._held.add((taken.part.owner, key))
        self._rows.append(
            (
                taken.part.owner,
                taken.part.partition,
                taken.sequence,
                key.replace("\0", ""),
                taken.type.decode(errors="replace"),
                taken.wire,
                reason,
                detail.replace("\0", ""),
                attempts,
            )
        )

    async def save(self, session: AsyncSession) -> int:
        """Write what is parked, return how much; raises `TooManyDeadLettersError`."""
        if not self._rows:
            return 0
        columns = (list(column) for column in zip(*self._rows, strict=True))
        parameters = {"reader": self._reader, **dict(zip(_COLUMNS, columns, strict=True))}
        await session.execute(_PARK, parameters)
        window = {"reader": self._reader, "minutes": self._limit.minutes}
        recent = (await session.execute(_RECENT, window)).scalar_one()
        if self._fresh and recent > self._limit.count:
            raise TooManyDeadLettersError(f"{recent} in {self._limit.minutes} minutes")
        return len(self._rows)

    def count(self) -> None:
        """Count what was parked, once it is committed."""
        for row in self._rows:
            metrics.dead_letters_parked_total.labels(self._reader, row[6]).inc()
