"""Rows of sources become orders: one at a time or a thousand, by the same statements."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.order import Incoming, Order
from services.orders.domain.parts import Buyer
from services.orders.domain.reconciling import Outcome, reconcile
from services.orders.repository.parts import load_parts
from services.orders.repository.receipts import last_events
from services.orders.repository.stored import Key, Sealed, StoredOrder, lock_orders
from services.orders.repository.writing import (
    NOTHING_SEALED,
    Write,
    insert_orders,
    note_sources,
)
from services.orders.schemas.incoming import content_hash, incoming_of
from services.orders.schemas.new_order import NewBuyer, NewOrder
from services.orders.usecases.changing import payment_tolerance
from services.orders.usecases.storing import Statement, count_changes, store_changes
from shared.audit import Author
from shared.crypto import PersonalData
from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shared.kernel.refusals import ConflictError, Refusal
from shared.registry.stores import Store

ATTEMPTS = 5


class BusyError(ConflictError):
    """Others write the same orders again and again; the same request may be repeated."""

    kind = "busy"


class _OvertakenError(Exception):
    """Another transaction inserted one of our new orders first."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a row; `event_id` is the last event of its order.

    `order` is what the row made of its order, None if it changed nothing; `stored` is all of it,
    where nothing of it has to be read for that: the order is new.
    """

    outcome: Outcome | None
    order_id: str | None = None
    event_id: int | None = None
    refusal: Refusal | None = None
    order: Order | None = None
    stored: StoredOrder | None = None


@dataclass(slots=True)
class _Row:
    """A row on its way in."""

    body: NewOrder
    incoming: Incoming
    store: Store
    content: bytes
    author: Author | None = None
    stored: StoredOrder | None = None
    created: StoredOrder | None = None
    outcome: Outcome | None = None
    changes: Changes | None = None
    refusal: Refusal | None = None

    @property
    def key(self) -> Key:
        return self.incoming.store_id, self.incoming.external_id

    @property
    def order_id(self) -> str | None:
        if self.changes is not None:
            return self.changes.order.order_id
        return None if self.stored is None else self.stored.order.order_id


@dataclass(frozen=True, slots=True)
class Reception:
    """Who brings rows, and with what they are read."""

    caller: str
    personal: PersonalData
    stores: dict[str, Store]


async def receive_orders(
    session: AsyncSession,
    bodies: Sequence[NewOrder],
    reception: Reception,
    *,
    authors: Sequence[Author] = (),
) -> list[Received]:
    """Bring orders to where their rows have them; return what became of each row.

    The rows name different orders of stores in `reception.stores`. What the rules forbid becomes a
    refusal of its row and leaves the others alone. The number of statements does not grow with the
    number of rows. `authors`, where given, has who brings each row. Raises `BusyError`.
    """
    results: list[Received | None] = [None] * len(bodies)
    rows: dict[int, _Row] = {}
    for place, body in enumerate(bodies):
        store = reception.stores[body.store_id]
        try:
            incoming = incoming_of(body, store.currency, reception.personal)
        except Refusal as refusal:
            results[place] = Received(None, refusal=refusal)
        else:
            author = authors[place] if authors else None
            rows[place] = _Row(body, incoming, store, content_hash(incoming), author)
    events = await _write_all(session, list(rows.values()), reception)
    for place, row in rows.items():
        order = None if row.changes is None else row.changes.order
        event_id = events.get(row.order_id or "")
        results[place] = Received(
            row.outcome, row.order_id, event_id, row.refusal, order, row.created
        )
    return [result for result in results if result is not None]


async def _write_all(
    session: AsyncSession, rows: Sequence[_Row], reception: Reception
) -> dict[str, int]:
    if not rows:
        return {}
    for _ in range(ATTEMPTS):
        try:
            # Locks first, inserts after: who is overtaken at an insert lets go of all its locks
            # and begins again, so nobody waits in a circle. A single row holds none then.
            async with session.begin_nested() if len(rows) > 1 else nullcontext():
                events, statements = await _write_once(session, rows, reception)
        except _OvertakenError:
            continue
        count_changes(session, statements)
        return events
    raise BusyError("These orders are being written by others; repeat the request.")


async def _write_once(
    session: AsyncSession, rows: Sequence[_Row], reception: Reception
) -> tuple[dict[str, int], list[Statement]]:
    stored = await lock_orders(session, [row.key for row in rows])
    for row in rows:
        row.stored = stored.get(row.key)
    changed = [row for row in rows if row.stored and row.stored.content_hash != row.content]
    await load_parts(session, [row.stored.order for row in changed if row.stored])
    for row in rows:
        _decide(row)
    statements = [_statement(row, row.changes, reception) for row in rows if row.changes]
    fresh = [statement.write for statement in statements if statement.write.changes.is_new]
    moments = await insert_orders(session, fresh)
    if len(moments) < len(fresh):
        raise _OvertakenError
    events = await store_changes(session, statements, caller=reception.caller)
    created = {write.changes.order.order_id: write for write in fresh}
    for row in rows:
        if row.order_id in created:
            row.created = _created(created[row.order_id], moments[0])
    known = [row for row in rows if row.stored is not None and row.refusal is None]
    await note_sources(session, [_noted(row) for row in known if _is_newer(row)])
    quiet = [row.order_id for row in known if row.order_id and row.order_id not in events]
    return {**await last_events(session, quiet), **events}, statements


def _created(write: Write, moment: datetime) -> StoredOrder:
    """Return a new order as it stands in its row: all of a transaction are of one moment."""
    return StoredOrder(write.changes.order, write.sealed, write.content_hash, moment, moment)


def _decide(row: _Row) -> None:
    """Find what the row changes; leaves `changes` empty where that is nothing."""
    row.outcome = row.changes = row.refusal = row.created = None
    stored = None if row.stored is None else row.stored.order
    if row.stored is not None and stored is not None and row.stored.content_hash == row.content:
        row.outcome = Outcome.STALE if _is_older(stored, row.incoming) else Outcome.UNCHANGED
        return
    try:
        outcome, changes = reconcile(
            stored,
            row.incoming,
            order_id=new_id("ord"),
            now=utc_now(),
            tolerance_minor=payment_tolerance(row.store),
        )
    except Refusal as refusal:
        row.refusal = refusal
        return
    row.outcome = outcome
    if outcome in {Outcome.CREATED, Outcome.UPDATED}:
        row.changes = changes


def _is_older(stored: Order, incoming: Incoming) -> bool:
    known, told = stored.source_updated_at, incoming.source_updated_at
    return known is not None and told is not None and told < known


def _is_newer(row: _Row) -> bool:
    if row.outcome is not Outcome.UNCHANGED or row.stored is None:
        return False
    known, told = row.stored.order.source_updated_at, row.incoming.source_updated_at
    return told is not None and (known is None or told > known)


def _noted(row: _Row) -> Order:
    order = row.stored.order if row.stored else None
    if order is None:  # only stored rows are noted
        raise ValueError("nothing is stored")
    order.source_updated_at = row.incoming.source_updated_at
    return order


def _statement(row: _Row, changes: Changes, reception: Reception) -> Statement:
    before = Buyer() if row.stored is None else row.stored.order.buyer
    sealed = NOTHING_SEALED
    if row.body.buyer is not None:
        sealed = _seal(row.body.buyer, reception.personal, before, changes.order.buyer)
    return Statement(
        Write(changes, sealed, row.content),
        row.store,
        "order.created" if changes.is_new else "order.updated",
        before=None if row.stored is None else row.stored.order,
        is_backfill=row.incoming.is_backfill,
        source_updated_at=row.incoming.source_updated_at,
        author=row.author,
    )


def _seal(body: NewBuyer, personal: PersonalData, before: Buyer, after: Buyer) -> Sealed:
    """Seal what is new of a buyer; what is known already stays as it is stored."""
    return Sealed(
        *(
            personal.seal(text) if text and getattr(before, name) != getattr(after, name) else None
            for name, text in (
                ("account", body.account),
                ("name", body.name),
                ("phone", body.phone),
                ("address", body.address),
            )
        )
    )
