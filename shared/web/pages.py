"""Pages of lists: opaque cursors over (moment, id), and a watermark that loses no late commit.

A row is stamped with a moment of its own transaction, and becomes visible when that commits, later.
So a reader who has seen all rows up to some moment may yet be shown an older one. The watermark is
a moment from which nothing is missing: it lies before the start of every transaction that ran when
the list was read. Who pulls changes walks to the last page and then asks again with
`updated_since` = the watermark; rows after it may come twice, none is left out.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import renew_snapshot
from shared.kernel.refusals import Refusal
from shared.web.bodies import Moment

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

# PostgreSQL notes a transaction's start a few microseconds before others can see it, and a service
# may stamp rows by its own clock: a second covers both.
_MARGIN = timedelta(seconds=1)

_OLDEST = text("""
    SELECT least(clock_timestamp(), min(xact_start)),
           current_setting('transaction_isolation') <> 'read committed'
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
""")

T = TypeVar("T")
Row = TypeVar("Row")
Statement = TypeVar("Statement", bound=Select[Any])


class BadCursorError(Refusal):
    """A cursor that this list did not give out."""

    kind = "bad-cursor"
    status = 400


class PageQuery(BaseModel):
    """The parameters of a list; use as `query: Annotated[PageQuery, Query()]` or inherit."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=500)] = None


class ChangesQuery(PageQuery):
    """The parameters of a list that can be pulled for changes; the start is inclusive."""

    updated_since: Moment | None = None


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


class ChangesPage(Page[T], Generic[T]):
    """A page of a list that can be pulled; all pages of one walk name its first watermark."""

    watermark: datetime


class Position(NamedTuple):
    """The last row of a page, and the watermark of the walk where it has one."""

    moment: datetime
    id: str | int
    watermark: datetime | None = None


def encode_cursor(position: Position) -> str:
    """Return a cursor that continues after a row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> Position | None:
    """Return where a cursor continues, None for the first page; raises `BadCursorError`."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = msgspec.json.decode(raw, type=Position)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadCursorError("This cursor was not given out by this list.") from None
    if position.moment.tzinfo is None:
        raise BadCursorError("This cursor was not given out by this list.")
    return position


def next_page(
    statement: Statement,
    by: tuple[ColumnElement[datetime], ColumnElement[Any]],
    query: PageQuery,
) -> Statement:
    """Return the statement limited to the page of a query, and one row more.

    `by` are the columns of moment and id, in whose order the list stands. Raises `BadCursorError`.
    """
    position = decode_cursor(query.cursor)
    if position is not None:
        if isinstance(position.id, int) != (by[1].type.python_type is int):
            raise BadCursorError("This cursor was not given out by this list.")
        statement = statement.where(tuple_(*by) > tuple_(position.moment, position.id))
    return statement.order_by(*by).limit(query.limit + 1)


def cut_page(
    rows: Sequence[Row], limit: int, position_of: Callable[[Row], Position]
) -> tuple[Sequence[Row], str | None]:
    """Return at most `limit` rows, and the cursor of the next page if there were more."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(position_of(rows[limit - 1]))


async def watermark_of(session: AsyncSession, query: PageQuery) -> datetime:
    """Return the watermark of a walk: that of its first page. Ask before anything else is read.

    Raises `BadCursorError`.
    """
    position = decode_cursor(query.cursor)
    if position is not None and position.watermark is not None:
        return position.watermark
    return await safe_watermark(session)


async def safe_watermark(session: AsyncSession) -> datetime:
    """Return a moment such that no row stamped earlier will appear after what is read next.

    The oldest running transaction is looked up first, then the rows are read in a newer snapshot: a
    transaction that ended in between is in the snapshot, one that runs is older than no watermark.
    In a snapshot that lasts, a new one is therefore begun; call this before anything else is read.
    """
    oldest, is_lasting = (await session.execute(_OLDEST)).one()
    if is_lasting:
        await renew_snapshot(session)
    moment: datetime = oldest - _MARGIN
    return moment
