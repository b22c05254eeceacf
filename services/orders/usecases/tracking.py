"""Couriers' reports come in, and parcels that have stalled are told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.reconciling import Outcome
from services.orders.domain.tracking import (
    Report,
    WaybillUnknownError,
    moved_at,
    stalled_of,
    track,
)
from services.orders.messages.repeated import common_of
from services.orders.repository.stored import lock_by_ids
from services.orders.repository.tracking import (
    insert_reports,
    lock_stalled,
    note_stalls_told,
    parcels_bearing,
)
from services.orders.usecases.reminding import MOST
from services.orders.usecases.working import Worked, Written, changing, store_work
from shared.contracts.orders_steps import TrackingStalled
from shared.kernel.clock import utc_now
from shared.log.writer import state
from shared.registry.stores import find_stores
from shared.web.callers import Caller

ACTION = "parcel.tracked"
STALLED_DAYS = "orders.tracking_stalled_days"


@dataclass(frozen=True, slots=True)
class Told:
    """A report with its words."""

    report: Report
    place: str = ""
    text: str = ""


async def take_reports(
    session: AsyncSession, told: Sequence[Told], *, caller: Caller
) -> list[Worked]:
    """Take couriers' reports, each told once in this list; return what became of each.

    A report that is known is `unchanged`, one older than the newest `stale`, though it is kept. The
    number of statements does not grow with the number of reports.
    """
    reports = [each.report for each in told]
    owners: dict[tuple[str, str], list[str]] = {}
    for courier, waybill, order_id, store_id in await parcels_bearing(
        session, {report.waybill for report in reports}
    ):
        if caller.may_see(store_id):
            owners.setdefault((courier, waybill), []).append(order_id)
    wanted = {each for r in reports for each in owners.get((r.courier, r.waybill), ())}
    stored = await lock_by_ids(session, sorted(wanted))
    stores = await find_stores(session, {each.order.store_id for each in stored.values()})
    taken = [each for each in told if (each.report.courier, each.report.waybill) in owners]
    fresh = await insert_reports(session, [(each.report, each.place, each.text) for each in taken])
    changes = {each: changing(each, stored[each], caller) for each in sorted(wanted)}
    outcomes = _apply(reports, owners, fresh, changes)
    done = await store_work(
        session, list(changes.values()), Written(stored, stores, caller, ACTION)
    )
    return [_worked(report, owners, outcomes, done) for report in reports]


def _apply(
    reports: Sequence[Report],
    owners: dict[tuple[str, str], list[str]],
    fresh: set[Report],
    changes: dict[str, Changes],
) -> dict[Report, Outcome]:
    """Apply the reports that are news, in order of time."""
    outcomes: dict[Report, Outcome] = {}
    for report in sorted(reports, key=lambda each: each.place):
        if report not in fresh:
            outcomes[report] = Outcome.UNCHANGED
            continue
        ids = owners[report.courier, report.waybill]
        is_newer = [track(changes[order_id], report) for order_id in ids]
        outcomes[report] = Outcome.UPDATED if any(is_newer) else Outcome.STALE
    return outcomes


def _worked(
    report: Report,
    owners: dict[tuple[str, str], list[str]],
    outcomes: dict[Report, Outcome],
    done: dict[str, Worked],
) -> Worked:
    ids = owners.get((report.courier, report.waybill))
    if ids is None:
        detail = f"No parcel of your stores bears the waybill {report.waybill}."
        return Worked(refusal=WaybillUnknownError(detail, pointer="/waybill"))
    return Worked(outcomes[report], done[ids[0]].event_id)


async def tell_stalled(session: AsyncSession) -> int:
    """State which parcels have stalled, once per stall; return of how many orders, 500 at most."""
    orders = await lock_stalled(session, most=MOST)
    stores = await find_stores(session, {order.store_id for order in orders})
    now = utc_now()
    events, told = [], []
    for order in orders:
        store = stores[order.store_id]
        days = store.settings[STALLED_DAYS]
        for parcel in stalled_of(order, days, now):
            due = moved_at(parcel) + timedelta(days=days)
            events.append(
                TrackingStalled(
                    **{**common_of(order, store.calendar), "occurred_at": due},
                    shipment_id=parcel.shipment_id,
                    courier=parcel.courier,
                    waybill=parcel.waybill,
                    moved_at=moved_at(parcel),
                )
            )
            told.append((order.order_id, parcel.external_id))
    await state(session, *events)
    await note_stalls_told(session, told)
    return len(orders)
