"""What platforms paid out comes in: held against the orders, stored and stated."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import FactDiffersError, SettlementUnknownError
from services.orders.domain.settling import Bill, Owed, check_bill, settle
from services.orders.repository import settlements as repository
from services.orders.repository.settlements import NewRow, Span
from services.orders.schemas.settlements import NewSettlement, bill_of
from shared.audit import Change, record_changes
from shared.contracts.orders_cases import SettlementReceived
from shared.kernel.buckets import StoreCalendar, business_day, day_begins
from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shared.kernel.refusals import Refusal
from shared.log.writer import state
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller

SETTLEMENT_DAYS = "orders.settlement_days"
_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class Taken:
    """What became of a settlement: an outcome with its id, or why not."""

    outcome: Outcome | None = None
    settlement_id: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is to come to a store: `days` by business day, as orders and sum, and what is late."""

    store: Store
    overdue: tuple[int, int]
    days: Mapping[date, tuple[int, int]]


async def take_settlements(
    session: AsyncSession,
    bodies: Sequence[NewSettlement],
    stores: Mapping[str, Store],
    *,
    caller: Caller,
) -> list[Taken]:
    """Take settlements of known stores, each of another natural key; return what became of each.

    The same settlement again changes nothing; another word about it is refused. Nobody else
    settles orders of these stores meanwhile. The number of statements does not grow with theirs.
    """
    await repository.lock_settling(session, sorted({body.store_id for body in bodies}))
    taken = [Taken() for _ in bodies]
    bills: list[tuple[int, Bill]] = []
    for place, body in enumerate(bodies):
        try:
            bill = bill_of(body, stores[body.store_id].currency)
            check_bill(bill)
        except Refusal as refusal:
            taken[place].refusal = refusal
        else:
            bills.append((place, bill))
    known = await repository.known_settlements(session, [bill for _, bill in bills])
    fresh: list[tuple[int, Bill]] = []
    for place, bill in bills:
        stored = known.get((bill.store_id, bill.external_id))
        if stored is None:
            fresh.append((place, bill))
        else:
            taken[place] = _repeated(stored, bill)
    rows = await _settled_rows(session, [(bill, bodies[place]) for place, bill in fresh], stores)
    for (place, _), row in zip(fresh, rows, strict=True):
        taken[place] = Taken(Outcome.CREATED, row.settlement_id)
    await repository.insert_settlements(session, rows)
    await state(session, *(_event(row, stores[row.bill.store_id]) for row in rows))
    await record_changes(session, caller=caller.name, changes=[_audit_line(row) for row in rows])
    return taken


def _repeated(row: RowMapping, bill: Bill) -> Taken:
    if row["content_hash"] == _content_hash(bill):
        return Taken(Outcome.UNCHANGED, row["settlement_id"])
    detail = "This settlement was stated otherwise before; facts are not restated."
    return Taken(refusal=FactDiffersError(detail, pointer="/external_id"))


async def _settled_rows(
    session: AsyncSession,
    bills: Sequence[tuple[Bill, NewSettlement]],
    stores: Mapping[str, Store],
) -> list[NewRow]:
    if not bills:
        return []
    spans = [(bill, _span_of(bill, stores[bill.store_id].calendar)) for bill, _ in bills]
    now = utc_now()
    settled_by: dict[str, str] = {}
    rows: list[NewRow] = []
    for (bill, body), owed in zip(bills, await repository.owed_for(session, spans), strict=True):
        settlement_id = new_id("stl")
        settled = settle(bill, _less(owed, settled_by))
        settled_by |= dict.fromkeys(settled.order_ids, settlement_id)
        row = NewRow(
            settlement_id=settlement_id,
            bill=bill,
            settled=settled,
            currency=stores[bill.store_id].currency,
            received_at=body.received_at or now,
            content_hash=_content_hash(bill),
        )
        rows.append(row)
    return rows


def _less(owed: Mapping[str, Owed], settled_by: Mapping[str, str]) -> dict[str, Owed]:
    """Return what is owed, with what earlier settlements of the same request have brought."""
    return {
        number: replace(each, settlement_id=settled_by.get(each.order_id, each.settlement_id))
        for number, each in owed.items()
    }


def _span_of(bill: Bill, calendar: StoreCalendar) -> Span:
    return Span(
        day_begins(bill.from_day, calendar), day_begins(bill.to_day + timedelta(days=1), calendar)
    )


def _content_hash(bill: Bill) -> bytes:
    return hashlib.blake2b(_encoder.encode(bill), digest_size=16).digest()


def _event(row: NewRow, store: Store) -> SettlementReceived:
    bill, settled = row.bill, row.settled
    return SettlementReceived(
        occurred_at=row.received_at,
        store_id=bill.store_id,
        timezone=store.calendar.timezone,
        day_start=store.calendar.day_start,
        settlement_id=row.settlement_id,
        currency=row.currency,
        from_day=bill.from_day,
        to_day=bill.to_day,
        order_count=len(settled.order_ids),
        gross_minor=bill.gross_minor,
        fee_minor=bill.fee_minor,
        settled_minor=bill.settled_minor,
        expected_minor=settled.expected_minor,
        is_matched=settled.is_matched,
    )


def _audit_line(row: NewRow) -> Change:
    bill, settled = row.bill, row.settled
    after = {
        "external_id": bill.external_id,
        "gross_minor": bill.gross_minor,
        "settled_minor": bill.settled_minor,
        "expected_minor": settled.expected_minor,
        "orders": len(settled.order_ids),
        "is_matched": settled.is_matched,
    }
    return Change("settlement.received", row.settlement_id, bill.store_id, None, after)


async def show_settlement(session: AsyncSession, settlement_id: str, caller: Caller) -> RowMapping:
    """Return a settlement that is the caller's to see; raises `SettlementUnknownError`."""
    row = await repository.find_settlement(session, settlement_id)
    if row is None or not caller.may_see(row["store_id"]):
        detail = f"There is no settlement {settlement_id} among your stores."
        raise SettlementUnknownError(detail)
    return row


async def budget(
    session: AsyncSession, stores: Sequence[str] | None, *, now: datetime
) -> list[Due]:
    """Return by store what completed orders are to bring, by the day the platform pays it out.

    That is the business day so many days after the completion as the store has set.
    """
    found = await repository.unsettled_by_moment(session, stores)
    known = await find_stores(session, {store_id for store_id, *_ in found})
    orders: dict[str, Counter[date]] = {store_id: Counter() for store_id in known}
    sums: dict[str, Counter[date]] = {store_id: Counter() for store_id in known}
    for store_id, moment, count, minor in found:
        store = known[store_id]
        day = business_day(moment.astimezone(UTC), store.calendar)
        day += timedelta(days=store.settings[SETTLEMENT_DAYS])
        orders[store_id][day] += count
        sums[store_id][day] += minor
    return [_due(store, orders[name], sums[name], now) for name, store in sorted(known.items())]


def _due(store: Store, orders: Counter[date], sums: Counter[date], now: datetime) -> Due:
    today = business_day(now, store.calendar)
    late = [day for day in sums if day < today]
    return Due(
        store,
        (sum(orders[day] for day in late), sum(sums[day] for day in late)),
        {day: (orders[day], sums[day]) for day in sorted(sums) if day >= today},
    )
