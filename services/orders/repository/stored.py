"""Orders as they are stored: read whole, locked in the order of their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.moves import STEPS, Status
from services.orders.domain.order import Order
from services.orders.domain.parts import Buyer, Chase, Hold, Wishes
from services.orders.domain.problems import PROBLEM
from services.orders.repository.freight import carriage_of
from services.orders.repository.parts import load_parts
from services.orders.repository.pricing import terms_in

Key = tuple[str, str]
"""Store and external id: what names an order at its source."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A buyer's data as it is stored, encrypted."""

    account: bytes | None
    name: bytes | None
    phone: bytes | None
    address: bytes | None
    invoice_title: bytes | None = None
    card_text: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with what only the database knows of it."""

    order: Order
    sealed: Sealed
    content_hash: bytes | None
    created_at: datetime
    updated_at: datetime


_LOCK = text("""
    SELECT orders.* FROM orders
    JOIN unnest(CAST(:store_ids AS text[]), CAST(:external_ids AS text[]))
         AS wanted (store_id, external_id) USING (store_id, external_id)
    ORDER BY store_id, external_id
    FOR UPDATE OF orders
""")
_LOCK_IDS = text("""
    SELECT * FROM orders WHERE order_id = ANY(CAST(:ids AS text[]))
    ORDER BY store_id, external_id FOR UPDATE
""")
_LOCK_ONE = text("SELECT * FROM orders WHERE order_id = :order_id FOR UPDATE")
_READ_ONE = text("SELECT * FROM orders WHERE order_id = :order_id")


async def lock_orders(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, StoredOrder]:
    """Lock the orders of these keys that are there, in the order of their keys; without children.

    Whoever locks in this order first and inserts in this order after it, waits in no circle.
    """
    wanted = sorted(keys)
    values = {"store_ids": [key[0] for key in wanted], "external_ids": [key[1] for key in wanted]}
    rows = (await session.execute(_LOCK, values)).mappings()
    return {(row["store_id"], row["external_id"]): stored_of(row) for row in rows}


async def lock_by_ids(session: AsyncSession, order_ids: Sequence[str]) -> dict[str, StoredOrder]:
    """Lock the orders of these ids that are there, in the order of their keys; whole, by id."""
    rows = (await session.execute(_LOCK_IDS, {"ids": list(order_ids)})).mappings()
    found = {row["order_id"]: stored_of(row) for row in rows}
    await load_parts(session, [stored.order for stored in found.values()])
    return found


async def find_order(
    session: AsyncSession, order_id: str, *, is_locked: bool = False, known: Order | None = None
) -> StoredOrder | None:
    """Return an order whole, None if there is none; locked, if wanted, to be changed.

    `known` is the order as this transaction has just stored it: its children are not read again.
    """
    statement = _LOCK_ONE if is_locked else _READ_ONE
    row = (await session.execute(statement, {"order_id": order_id})).mappings().one_or_none()
    if row is None:
        return None
    stored = stored_of(row)
    if known is not None:
        return replace(stored, order=known)
    await load_parts(session, [stored.order])
    return stored


def stored_of(row: RowMapping) -> StoredOrder:
    """Return the order of a row, still without its children."""
    order = Order(
        order_id=row["order_id"],
        store_id=row["store_id"],
        external_id=row["external_id"],
        kind=row["kind"],
        currency=row["currency"],
        placed_at=row["placed_at"],
        postage_minor=row["postage_minor"],
        discount_minor=row["discount_minor"],
        total_minor=row["total_minor"],
        buyer=_buyer_of(row),
        agent=row["agent"],
        paid_at=row["paid_at"],
        shipped_at=row["shipped_at"],
        delivered_at=row["delivered_at"],
        completed_at=row["completed_at"],
        cancelled_at=row["cancelled_at"],
        cancel_reason=row["cancel_reason"],
        exit=Status.CANCELLED if row["cancelled_at"] is None else Status(row["status"]),
        **_work_of(row),
        archived_at=row["archived_at"],
        is_backfill=row["is_backfill"],
        source_updated_at=row["source_updated_at"],
        version=row["version"],
    )
    return StoredOrder(
        order=order,
        sealed=Sealed(
            row["buyer_account"],
            row["buyer_name"],
            row["buyer_phone"],
            row["buyer_address"],
            row["invoice_title"],
            row["card_text"],
        ),
        content_hash=row["content_hash"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _buyer_of(row: RowMapping) -> Buyer:
    return Buyer(
        account=row["buyer_account_hash"],
        name=row["buyer_name_hash"],
        phone=row["buyer_phone_hash"],
        address=row["buyer_address_hash"],
        province=row["province"],
        city=row["city"],
    )


def _work_of(row: RowMapping) -> dict[str, Any]:
    """Return what the house has written on an order."""
    return {
        "steps": {step: row[f"{step}_at"] for step in STEPS if row[f"{step}_at"] is not None},
        "followed_up_at": row["followed_up_at"],
        "hold": _hold_of(row),
        "problem": _problem_of(row),
        "flag": row["flag"],
        "flag_note": row["flag_note"],
        "urgent_at": row["urgent_at"],
        "in_transit_at": row["in_transit_at"],
        "changed_at": row["changed_at"],
        "wishes": Wishes(
            row["requested_courier"],
            row["delivery_time"],
            row["invoice_title_hash"],
            row["card_text_hash"],
        ),
        "chase": _chase_of(row),
        "carriage": carriage_of(row),
        "original": terms_in(row["original_terms"]),
        "overridden": msgspec.json.decode(row["overridden"]) if row["overridden"] else {},
    }


def _hold_of(row: RowMapping) -> Hold | None:
    if row["held_for"] is None:
        return None
    return Hold(row["held_for"], row["hold_reason"], row["held_at"])


def _chase_of(row: RowMapping) -> Chase | None:
    if row["chaser"] is None:
        return None
    return Chase(row["chaser"], row["chased_at"], row["chase_level"], row["chased_order_id"])


def _problem_of(row: RowMapping) -> Hold | None:
    if row["problem_at"] is None:
        return None
    return Hold(PROBLEM, row["problem_reason"], row["problem_at"])
