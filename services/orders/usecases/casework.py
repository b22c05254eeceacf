"""What all cases beside an order share: the order locked first, then all of it written at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.reconciling import Outcome
from services.orders.repository.cases import BesideOrder, CaseTable
from services.orders.repository.receipts import last_events
from services.orders.repository.stored import StoredOrder
from services.orders.repository.writing import Write, insert_receipts
from services.orders.usecases.changing import show_order
from services.orders.usecases.storing import Statement, count_changes, store_changes
from shared.audit import differences, record_change
from shared.contracts.envelope import Event
from shared.kernel.refusals import NotFoundError
from shared.log.writer import state
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller

Case = TypeVar("Case", bound=BesideOrder)


class CaseUnknownError(NotFoundError):
    """There is no such case among the caller's stores."""

    kind = "case-unknown"


@dataclass(frozen=True, slots=True)
class Done(Generic[Case]):
    """A case after a request, what the request did, and the last event of its order."""

    case: Case
    outcome: Outcome
    event_id: int
    store: Store


@dataclass(frozen=True, slots=True)
class Docket:
    """A locked order at work, with what its cases make of it in `changes`."""

    session: AsyncSession
    stored: StoredOrder
    store: Store
    caller: Caller
    changes: Changes

    @classmethod
    async def open(cls, session: AsyncSession, order_id: str, caller: Caller) -> Self:
        """Lock an order that is the caller's; raises `OrderUnknownError`."""
        stored = await show_order(session, order_id, caller, is_locked=True)
        store_id = stored.order.store_id
        stores = await find_stores(session, [store_id])
        changes = Changes(stored.order.copy(), is_new=False)
        return cls(session, stored, stores[store_id], caller, changes)

    @property
    def order_id(self) -> str:
        """The order's id."""
        return self.stored.order.order_id

    async def put(
        self,
        table: CaseTable[Case],
        before: Case | None,
        after: Case,
        *,
        action: str,
        events: Sequence[Event],
    ) -> Done[Case]:
        """Write a case, what it made of its order, their events, receipts and trail.

        A case that is as it was, of an order that is as it was, writes nothing.
        """
        outcome = Outcome.CREATED if before is None else Outcome.UPDATED
        if before == after:
            outcome = Outcome.UNCHANGED
        last = await self._store_order(action)
        if outcome is not Outcome.UNCHANGED:
            await table.put(self.session, after, is_new=before is None)
            last = await self._tell(events) or last
            await self._record(table.key.name, before, after, action)
        if last is None:
            last = (await last_events(self.session, [self.order_id]))[self.order_id]
        return Done(after, outcome, last, self.store)

    async def _store_order(self, action: str) -> int | None:
        changes = self.changes
        if changes.is_empty and not changes.has_new_work:
            return None
        changes.order.version += 1
        statement = Statement(Write(changes), self.store, action, before=self.stored.order)
        events = await store_changes(self.session, [statement], caller=self.caller.name)
        count_changes(self.session, [statement])
        return events.get(self.order_id)

    async def _tell(self, events: Sequence[Event]) -> int | None:
        ids = await state(self.session, *events)
        if not ids:
            return None
        await insert_receipts(self.session, [(self.order_id, ids[-1])])
        return ids[-1]

    async def _record(self, key: str, before: object, after: object, action: str) -> None:
        old, new = differences(_members(before), _members(after))
        await record_change(
            self.session,
            caller=self.caller.name,
            action=action,
            subject=str(getattr(after, key)),
            store_id=self.store.store_id,
            before=None if before is None else old,
            after={"order_id": self.order_id, **new},
        )


async def open_case(
    session: AsyncSession, table: CaseTable[Case], case_id: str, caller: Caller
) -> tuple[Docket, Case]:
    """Lock the order of a case and return both; raises `CaseUnknownError`."""
    found = await show_case(session, table, case_id, caller)
    docket = await Docket.open(session, found.order_id, caller)
    return docket, await show_case(session, table, case_id, caller)


async def show_case(
    session: AsyncSession, table: CaseTable[Case], case_id: str, caller: Caller
) -> Case:
    """Return a case that is the caller's to see; raises `CaseUnknownError`."""
    found = await table.find(session, case_id)
    if found is None or not caller.may_see(found.store_id):
        raise CaseUnknownError(f"There is no case {case_id} among your stores.")
    return found


def _members(case: object) -> Mapping[str, Any]:
    if case is None:
        return {}
    members: dict[str, Any] = msgspec.to_builtins(case)
    return members
