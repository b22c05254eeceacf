"""Changes into tables, log and audit trail together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain import facts
from services.orders.domain.moves import RefundStatus
from services.orders.domain.order import Order
from services.orders.messages.changes import events_of
from services.orders.repository.writing import Write, insert_receipts, write_orders
from services.orders.usecases.ending import Ended, close_problems, is_ended
from shared.audit import Author, Change, record_changes
from shared.log.writer import state
from shared.observability.trace import current_trace
from shared.registry.stores import Store

_COUNTERS: Mapping[type[facts.Fact], Counter] = MappingProxyType(
    {
        facts.Placed: metrics.PLACED,
        facts.Paid: metrics.PAID,
        facts.Shipped: metrics.SHIPPED,
        facts.Cancelled: metrics.CANCELLED,
        facts.RefundMoved: metrics.REFUNDED,
    }
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A change with what its events need to be whole."""

    write: Write
    store: Store
    action: str
    before: Order | None = None
    is_backfill: bool = False
    source_updated_at: datetime | None = None
    author: Author | None = None


async def store_changes(
    session: AsyncSession, statements: Sequence[Statement], *, caller: str
) -> dict[str, int]:
    """Write rows, events, receipts and audit lines of locked or just inserted orders.

    Return by order the last event of its change; an order of which no event tells is left out.
    """
    await write_orders(session, [statement.write for statement in statements])
    current = Author(caller, current_trace.get())
    closings = await close_problems(
        session,
        [
            Ended(
                statement.write.changes.order,
                statement.store,
                (statement.author or current).caller,
            )
            for statement in statements
            if is_ended(statement.before, statement.write.changes.order)
        ],
    )
    events, owners, traces = [], [], []
    for statement in statements:
        changes = statement.write.changes
        stated = events_of(
            changes.order,
            changes.facts,
            statement.store,
            is_backfill=statement.is_backfill,
            source_updated_at=statement.source_updated_at,
        )
        stated += closings.get(changes.order.order_id, ())
        events.extend(stated)
        owners.extend([changes.order.order_id] * len(stated))
        traces.extend([(statement.author or current).trace] * len(stated))
    ids = await state(session, *events, traces=traces)
    last = dict(zip(owners, ids, strict=True))
    await insert_receipts(session, list(last.items()))
    await record_changes(
        session, caller=caller, changes=[_audit_line(statement) for statement in statements]
    )
    return last


def count_changes(session: AsyncSession, statements: Sequence[Statement]) -> None:
    """Count what happened, once the transaction has committed."""
    for statement in statements:
        for fact in statement.write.changes.facts:
            counter = _counter_of(fact)
            if counter is not None:
                metrics.count_later(session, counter)


def _counter_of(fact: facts.Fact) -> Counter | None:
    if isinstance(fact, facts.Paid) and not fact.is_whole:
        return None
    if isinstance(fact, facts.RefundMoved) and fact.status is not RefundStatus.PAID:
        return None
    return _COUNTERS.get(type(fact))


def _audit_line(statement: Statement) -> Change:
    changes = statement.write.changes
    order = changes.order
    after = {
        **_summary(order),
        "facts": [type(fact).__name__.lower() for fact in changes.facts],
    }
    return Change(
        action=statement.action,
        subject=order.order_id,
        store_id=order.store_id,
        before=None if statement.before is None else _summary(statement.before),
        after=after,
        author=statement.author,
    )


def _summary(order: Order) -> dict[str, Any]:
    return {
        "status": order.status,
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
        "claimed_minor": order.paid_minor - order.refundable_minor,
        "refunded_minor": order.refunded_minor,
        "version": order.version,
    }
