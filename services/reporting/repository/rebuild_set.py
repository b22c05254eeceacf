"""The schema of a rebuild: the tables of figures once more, how far they are, and the swap."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.tables import FIGURES
from shared.log.acceptance import OwnerPart, Taken

BUILT = "rebuild"
"""The schema in which the second set grows."""

REPLACED = "replaced"
"""The schema in which the set that was swapped away is kept until the next rebuild."""

_INDEXES = text("""
    SELECT c.conname, pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
    WHERE i.indrelid = to_regclass('public.' || :table) ORDER BY i.indexrelid
""")
_OPTIONS = text("""
    SELECT array_to_string(reloptions, ', ') FROM pg_class
    WHERE oid = to_regclass('public.' || :table)
""")
_BEGIN = text("""
    INSERT INTO public.log_positions (reader, owner, partition, log_id)
    SELECT :name, owner, partition, log_id FROM public.log_positions
    WHERE reader = :reader AND owner = ANY(CAST(:owners AS text[]))
    ORDER BY owner, partition
""")
_END = text("""
    WITH held AS (
        SELECT owner, partition FROM public.log_positions
        WHERE reader = :name ORDER BY owner, partition FOR UPDATE
    )
    DELETE FROM public.log_positions p USING held
    WHERE p.reader = :name AND (p.owner, p.partition) = (held.owner, held.partition)
""")
_SET_ASIDE = text(f"""
    INSERT INTO {BUILT}.aside (owner, partition, sequence, type, key, wire)
    SELECT * FROM unnest(CAST(:owners AS text[]), CAST(:partitions AS smallint[]),
                         CAST(:sequences AS bigint[]), CAST(:types AS bytea[]),
                         CAST(:keys AS bytea[]), CAST(:wires AS bytea[]))
""")  # noqa: S608 - made of constants
_BACK = text(f"""
    DELETE FROM {BUILT}.aside a
    WHERE NOT EXISTS (
        SELECT FROM unnest(CAST(:owners AS text[]), CAST(:partitions AS smallint[]),
                           CAST(:sequences AS bigint[])) AS k (owner, partition, sequence)
        WHERE (k.owner, k.partition, k.sequence) = (a.owner, a.partition, a.sequence)
    )
    RETURNING owner, partition, sequence, type, key, wire
""")  # noqa: S608 - as above
_PROGRESS = text("""
    SELECT coalesce(sum(next_sequence - 1) FILTER (WHERE reader = :name), 0)::bigint,
           coalesce(sum(next_sequence - 1) FILTER (WHERE reader = :reader), 0)::bigint
    FROM log_positions WHERE reader IN (:name, :reader)
""")


async def look_at_built(session: AsyncSession) -> None:
    """Let bare names mean the second set alone, for the rest of the transaction."""
    await session.execute(text(f"SET LOCAL search_path = {BUILT}"))


async def look_at_serving(session: AsyncSession) -> None:
    """Let bare names mean the tables that serve again."""
    await session.execute(text("SET LOCAL search_path = public"))


async def begin_set(session: AsyncSession, name: str, reader: str, owners: Iterable[str]) -> None:
    """Make the schema anew, its tables empty, and positions before every first event.

    The tables have the columns, keys, indexes and options of those that serve, by the same names.
    """
    for schema in (BUILT, REPLACED):
        await session.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    await session.execute(text(f"CREATE SCHEMA {BUILT}"))
    for table in FIGURES:
        await _copy(session, table.name)
    await session.execute(
        text(
            f"CREATE TABLE {BUILT}.aside (owner text, partition smallint, sequence bigint,"
            " type bytea NOT NULL, key bytea NOT NULL, wire bytea NOT NULL,"
            " PRIMARY KEY (owner, partition, sequence))"
        )
    )
    parameters = {"name": name, "reader": reader, "owners": sorted(owners)}
    await session.execute(_BEGIN, parameters)


async def end_set(session: AsyncSession, name: str) -> None:
    """Forget the positions, under their lock, and drop what is left of the set."""
    await session.execute(_END, {"name": name})
    await session.execute(text(f"DROP SCHEMA IF EXISTS {BUILT} CASCADE"))


async def swap_sets(session: AsyncSession) -> None:
    """Let the second set serve and keep the first; whoever reads is waited for half a second.

    The wait is shorter than the server's own for a deadlock: it is the swap that gives up. Raises
    a transient error then.
    """
    await session.execute(text("SET LOCAL lock_timeout = '500ms'"))
    await session.execute(text(f"CREATE SCHEMA {REPLACED}"))
    for table in FIGURES:
        await session.execute(text(f"ALTER TABLE public.{table.name} SET SCHEMA {REPLACED}"))
        await session.execute(text(f"ALTER TABLE {BUILT}.{table.name} SET SCHEMA public"))


async def analyze_set(session: AsyncSession) -> None:
    """Tell the planner of queries what the second set holds."""
    for table in FIGURES:
        await session.execute(text(f"ANALYZE {BUILT}.{table.name}"))


async def drop_replaced(session: AsyncSession) -> None:
    """Drop the set that was swapped away."""
    await session.execute(text(f"DROP SCHEMA IF EXISTS {REPLACED} CASCADE"))


async def set_aside(session: AsyncSession, items: Sequence[Taken]) -> None:
    """Keep events that took no effect in the first set: they may still."""
    if items:
        rows = [(*item.part, item.sequence, item.type, item.key, item.wire) for item in items]
        names = ("owners", "partitions", "sequences", "types", "keys", "wires")
        columns = (list(column) for column in zip(*rows, strict=True))
        await session.execute(_SET_ASIDE, dict(zip(names, columns, strict=True)))


async def take_back(
    session: AsyncSession, places: Iterable[tuple[str, int, int, str]]
) -> list[Taken]:
    """Remove what was set aside and is at none of these places any more; return it, to one only."""
    rows = list(places)
    found = await session.execute(
        _BACK,
        {
            "owners": [row[0] for row in rows],
            "partitions": [row[1] for row in rows],
            "sequences": [row[2] for row in rows],
        },
    )
    return [
        Taken(OwnerPart(owner, partition), sequence, bytes(type_), bytes(key), bytes(wire))
        for owner, partition, sequence, type_, key, wire in found
    ]


async def progress(session: AsyncSession, name: str, reader: str) -> Mapping[str, int]:
    """Return how many events the second set holds the effects of, and how many the first."""
    read, total = (await session.execute(_PROGRESS, {"name": name, "reader": reader})).one()
    return {"events_read": read, "events": total}


async def _copy(session: AsyncSession, table: str) -> None:
    options = (await session.execute(_OPTIONS, {"table": table})).scalar_one()
    suffix = f" WITH ({options})" if options else ""
    await session.execute(
        text(f"CREATE TABLE {BUILT}.{table} (LIKE public.{table} INCLUDING DEFAULTS){suffix}")
    )
    for name, constraint, index in (await session.execute(_INDEXES, {"table": table})).all():
        statement = (
            index.replace(" ON public.", f" ON {BUILT}.")
            if name is None
            else f"ALTER TABLE {BUILT}.{table} ADD CONSTRAINT {name} {constraint}"
        )
        await session.execute(text(statement))
