"""Searches: a page of a search reads what it holds, however many orders match.

Every store and shelf is asked for its own first rows along an index that has them in order
(tables/search.py), and the first of all of them are the page. No statement sorts or counts what
lies behind it. What names an order (its number, a waybill) is looked up first instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import SEVERAL
from services.orders.repository.listing import list_orders
from services.orders.repository.stored import StoredOrder
from services.orders.tables.search import USUAL
from shared.web.pages import BadCursorError, Position

Range = tuple[datetime | None, datetime | None]

CHANGED = "updated_at"
"""By which lists of changes stand, oldest first; all others stand newest first."""

HEAD = 8
"""Rows of every store and shelf that are looked at first: no row of the page lies behind theirs."""

_NAMED = {
    "number": """
        SELECT order_id FROM orders WHERE order_id = :number
        UNION
        SELECT order_id FROM registry_stores JOIN orders USING (store_id)
        WHERE external_id = :number
    """,
    "external_id": """
        SELECT order_id FROM registry_stores JOIN orders USING (store_id)
        WHERE external_id = :external_id
    """,
    "waybill": "SELECT DISTINCT order_id FROM shipments WHERE waybill = :waybill",
}
"""What names orders: few, whose ids are looked up first."""

_IN_SHELVES = "orders.shelf = ANY(CAST(:shelves AS text[]))"
_WORDS = {"payment_method": "method", "payment_channel": "channel"}
"""Columns that are empty where the payments of an order differ."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for; None, and nothing, let all pass.

    `equal` has columns of orders and the names of orders' numbers with what they are to be,
    `ranges` moments with the first in them and the first behind them. `by` is the moment by which
    the list stands.
    """

    stores: Sequence[str] | None = None
    platform: str | None = None
    shelves: Sequence[str] | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    sku: str | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)
    by: str = "placed_at"

    @property
    def order(self) -> str:
        """The direction in which the list stands."""
        return "ASC" if self.by == CHANGED else "DESC"


async def search_orders(
    session: AsyncSession, search: Search, *, after: Position | None, most: int
) -> list[StoredOrder]:
    """Return the orders that are found behind a position, whole, `most` of them at most.

    Raises `BadCursorError`.
    """
    if after is not None and not isinstance(after.id, str):
        raise BadCursorError("This cursor was not given out by this list.")
    return await list_orders(session, bound_statement(search, after=after, most=most))


def bound_statement(search: Search, *, after: Position | None, most: int) -> TextClause:
    """Return the statement of a search with its values."""
    search = _behind(search, after)
    values: dict[str, Any] = {
        **search.equal,
        "all_stores": search.stores is None,
        "stores": list(search.stores or ()),
        "platform": search.platform,
        "shelves": list(search.shelves or ()),
        "sku": search.sku,
        "most": most,
    }
    for name, (first, end) in search.ranges.items():
        values |= {f"{name}_from": first, f"{name}_to": end}
    if after is not None:
        values |= {"after_moment": after.moment, "after_id": after.id}
    statement = _statement_of(search, is_first=after is None)
    taken = statement.compile().params
    return statement.bindparams(**{name: values[name] for name in taken})


def _behind(search: Search, after: Position | None) -> Search:
    """Return the search without the bound that a position makes superfluous.

    An index scan with two bounds on one side may begin at the wider one, and read all that lies
    between them.
    """
    if after is None or search.by not in search.ranges:
        return search
    first, end = search.ranges[search.by]
    if search.by == CHANGED and first is not None and first <= after.moment:
        first = None
    elif search.by != CHANGED and end is not None and after.moment < end:
        end = None
    return replace(search, ranges={**search.ranges, search.by: (first, end)})


def _statement_of(search: Search, *, is_first: bool) -> TextClause:
    named = [name for name in _NAMED if name in search.equal]
    conditions = _conditions(search, is_first=is_first)
    build = _by_names if named else _by_shelves
    return text(build(search, named, conditions))


def _by_names(search: Search, named: Sequence[str], conditions: Sequence[str]) -> str:
    if search.shelves is not None:
        conditions = [*conditions, _IN_SHELVES]
    ids = " INTERSECT ".join(f"({_NAMED[name]})" for name in named)
    words = [_word_anywhere(column) for column in _WORDS if column in search.equal]
    if search.sku is not None:
        words.append(_holds_sku(""))
    return f"""
        WITH named AS MATERIALIZED ({ids})
        SELECT orders.* FROM named JOIN orders USING (order_id)
        JOIN registry_stores AS stores ON stores.store_id = orders.store_id
        WHERE {" AND ".join([_stores(search), *conditions, *words])}
        ORDER BY orders.{search.by} {search.order}, orders.order_id {search.order} LIMIT :most
    """  # noqa: S608 - made of our own words


def _by_shelves(search: Search, _: Sequence[str], conditions: Sequence[str]) -> str:
    asked, wanted = _branches(search)
    order, column = search.order, f"{_table(search)}.{search.by}"
    not_behind, never = ("<=", "infinity") if search.by == CHANGED else (">=", "-infinity")
    branches = f"FROM {' CROSS JOIN '.join(asked)} CROSS JOIN LATERAL"
    rows = f"""
        SELECT {"DISTINCT" if _is_of_lines(search) else ""} {column} AS moment, order_id
        FROM {_table(search)} WHERE {" AND ".join([*conditions, *wanted])}
    """  # noqa: S608 - made of our own words
    return f"""
        WITH farthest AS MATERIALIZED (
            SELECT first.moment
            {branches} ({rows} ORDER BY moment {order}, order_id {order} LIMIT {HEAD}) AS first
            WHERE {_stores(search)} ORDER BY moment {order} OFFSET :most - 1 LIMIT 1
        ), page AS MATERIALIZED (
            SELECT found.moment, found.order_id
            {branches} (
                {rows} AND {column} {not_behind}
                    coalesce((SELECT moment FROM farthest), '{never}')
                ORDER BY moment {order}, order_id {order} LIMIT :most
            ) AS found
            WHERE {_stores(search)} ORDER BY moment {order}, order_id {order} LIMIT :most
        )
        SELECT orders.* FROM page JOIN orders USING (order_id)
        ORDER BY page.moment {order}, page.order_id {order}
    """  # noqa: S608


def _branches(search: Search) -> tuple[list[str], list[str]]:
    """Return of what each branch is one, and what its rows must be."""
    table = _table(search)
    asked, wanted = ["registry_stores AS stores"], [f"{table}.store_id = stores.store_id"]
    if search.shelves is not None and search.by == CHANGED:
        wanted.append(_IN_SHELVES)
    elif search.shelves is not None:
        asked.append("unnest(CAST(:shelves AS text[])) AS shelves (shelf)")
        wanted.append(f"{table}.shelf = shelves.shelf")
    for column in _WORDS:
        if column in search.equal:
            asked.append(f"unnest(ARRAY[CAST(:{column} AS text), '{SEVERAL}']) AS {column}s (word)")
            wanted.append(_word(column))
    if _is_of_lines(search):
        wanted.append("order_lines.sku = :sku")
    elif search.sku is not None:
        wanted.append(_holds_sku("AND order_lines.store_id = stores.store_id"))
    return asked, wanted


def _table(search: Search) -> str:
    return "order_lines" if _is_of_lines(search) else "orders"


def _is_of_lines(search: Search) -> bool:
    """Say whether lines alone answer it: they know their order's store, shelf and moment."""
    return (
        search.sku is not None
        and not search.equal
        and search.by == "placed_at"
        and set(search.ranges) <= {"placed_at"}
    )


def _conditions(search: Search, *, is_first: bool) -> list[str]:
    table = _table(search)
    conditions = list(_ranges(search.ranges, table))
    for column, value in search.equal.items():
        if column in _NAMED or column in _WORDS:
            continue
        conditions.append(f"orders.{column} = :{column}")
        if column in USUAL and value != USUAL[column]:
            conditions.append(f"orders.{column} <> '{USUAL[column]}'")  # as its index says
    if not is_first:
        behind = ">" if search.by == CHANGED else "<"
        place = f"({table}.{search.by}, {table}.order_id)"
        conditions.append(f"{place} {behind} (CAST(:after_moment AS timestamptz), :after_id)")
    return conditions


def _ranges(ranges: Mapping[str, Range], table: str) -> Iterable[str]:
    for name, (first, end) in ranges.items():
        if first is not None:
            yield f"{table}.{name} >= :{name}_from"
        if end is not None:
            yield f"{table}.{name} < :{name}_to"


def _stores(search: Search) -> str:
    limited = "(:all_stores OR stores.store_id = ANY(CAST(:stores AS text[])))"
    return limited if search.platform is None else f"{limited} AND stores.platform = :platform"


def _word(column: str) -> str:
    return f"""orders.{column} = {column}s.word
        AND ({column}s.word <> '{SEVERAL}' OR {_paid_so(column)})"""


def _word_anywhere(column: str) -> str:
    return f"""(orders.{column} = :{column}
        OR orders.{column} = '{SEVERAL}' AND {_paid_so(column)})"""


def _paid_so(column: str) -> str:
    return f"""EXISTS (
        SELECT FROM payments WHERE payments.order_id = orders.order_id
           AND payments.{_WORDS[column]} = :{column}
    )"""


def _holds_sku(condition: str) -> str:
    return f"""EXISTS (
        SELECT FROM order_lines WHERE order_lines.order_id = orders.order_id
           AND order_lines.sku = :sku {condition}
    )"""
