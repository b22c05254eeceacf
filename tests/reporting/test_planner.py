"""Answers agree with a slow second opinion, for random histories and random questions."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.domain.measures import Basis
from services.reporting.domain.periods import (
    Grain,
    first_day,
)
from services.reporting.kpis.figures import value_of
from services.reporting.planner.questions import Question
from services.reporting.schemas.asking import Grouping
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kernel.buckets import bucket_of
from tests.reporting.asking import DAY, a_question, ask
from tests.reporting.clearing import clear
from tests.reporting.lives import STORES, histories
from tests.reporting.oracle import Entry, ledger
from tests.reporting.second_opinion import opinion
from tests.reporting.test_apply import apply

on_database = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


bases = st.sampled_from(list(Basis))
day_grains = st.sampled_from([Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.TOTAL])


def bounds(store_id: str, data: st.DataObject) -> tuple[date, date]:
    middle = STORES[store_id][2].date()
    first = middle + data.draw(st.integers(-5, 5)) * DAY
    return first, first + data.draw(st.integers(1, 40)) * DAY


@on_database
@given(events=histories(("autumn", "night")), basis=bases, grain=day_grains, data=st.data())
async def test_rows_by_store_agree(
    reporting_database: Database,
    events: list[Event],
    basis: Basis,
    grain: Grain,
    data: st.DataObject,
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    first, end = bounds(data.draw(st.sampled_from(["autumn", "night"])), data)
    question = a_question(["autumn", "night"], first, end, basis=basis, grain=grain)

    found = await ask(reporting_database, question)

    entries = ledger(events)
    for row in found.rows:
        own = [entry for entry in entries if entry.store_id == row.store_id]
        starts = max(first, row.bucket) if grain is not Grain.TOTAL else first
        within = in_bucket(first, end, grain, row.bucket)
        told = opinion(own, within, basis=basis, starts=starts)
        for figure in question.figures:
            assert row.values[figure.id] == value_of(figure, told(figure)), (
                row.store_id,
                figure.id,
            )
    days = {first_day(first + n * DAY, grain) for n in range((end - first).days)}
    assert len(found.rows) == 2 * (1 if grain is Grain.TOTAL else len(days))


def in_bucket(first: date, end: date, grain: Grain, bucket: Any) -> Any:
    def within(entry: Entry, by_order: bool) -> bool:
        day = entry.order_day if by_order else entry.own_day
        if not first <= day < end:
            return False
        return grain is Grain.TOTAL or first_day(day, grain) == bucket

    return within


@on_database
@given(events=histories(("brazil", "autumn")), basis=bases, grain=day_grains, data=st.data())
async def test_stores_put_together_count_each_buyer_once(
    reporting_database: Database,
    events: list[Event],
    basis: Basis,
    grain: Grain,
    data: st.DataObject,
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    first, end = bounds(data.draw(st.sampled_from(["brazil", "autumn"])), data)
    question = a_question(
        ["brazil", "autumn"], first, end, basis=basis, grain=grain, group_by=Grouping.NONE
    )

    found = await ask(reporting_database, question)

    entries = ledger(events)
    for row in found.rows:
        starts = max(first, row.bucket) if grain is not Grain.TOTAL else first
        within = in_bucket(first, end, grain, row.bucket)
        told = opinion(entries, within, basis=basis, starts=starts)
        for figure in question.figures:
            assert row.values[figure.id] == value_of(figure, told(figure)), figure.id
        assert row.store_id == ""


@on_database
@given(events=histories(("island", "india", "york")), basis=bases, data=st.data())
async def test_hours_agree_and_are_all_there(
    reporting_database: Database,
    events: list[Event],
    basis: Basis,
    data: st.DataObject,
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    store_id = data.draw(st.sampled_from(["island", "india", "york"]))
    calendar, _, middle = STORES[store_id]
    first = middle.date() - DAY
    question = a_question([store_id], first, first + 3 * DAY, grain=Grain.HOUR, basis=basis)

    found = await ask(reporting_database, question)

    own = [entry for entry in ledger(events) if entry.store_id == store_id]
    for row in found.rows:
        told = opinion(own, in_hour(row.bucket), basis=basis)
        for figure in question.figures:
            assert row.values[figure.id] == value_of(figure, told(figure)), (row.bucket, figure.id)
    hours = [row.bucket for row in found.rows]
    span = question.spans[store_id]
    quarters = int((span.ends - span.begins) / timedelta(minutes=15))
    every = {
        bucket_of(span.begins + n * timedelta(minutes=15), calendar).hour for n in range(quarters)
    }
    assert hours == sorted(every)


def in_hour(hour: Any) -> Any:
    return lambda entry, by_order: (entry.order_hour if by_order else entry.own_hour) == hour


@on_database
@given(events=histories(("tokyo", "night")), basis=bases, data=st.data())
async def test_products_and_provinces_agree_and_add_up(
    reporting_database: Database,
    events: list[Event],
    basis: Basis,
    data: st.DataObject,
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    first, end = bounds("tokyo", data)
    whole = await ask(
        reporting_database,
        a_question(["tokyo", "night"], first, end, sorted(SUMMED), basis=basis),
    )

    entries, within = ledger(events), in_bucket(first, end, Grain.TOTAL, None)
    for group_by in (Grouping.SKU, Grouping.PROVINCE, Grouping.REASON, Grouping.SKU_REASON):
        question = a_question(["tokyo", "night"], first, end, basis=basis, group_by=group_by)
        found = await ask(reporting_database, question)
        for row in found.rows:
            _check_divided(row, question, entries, within)
        for total in whole.rows:
            for name in SUMMED & {figure.id for figure in question.figures}:
                parts = [r.values[name].amount for r in found.rows if r.store_id == total.store_id]
                assert sum(part or 0 for part in parts) == total.values[name].amount


SUMMED = {"paid_amount", "refunded_amount", "units_in_cases"}


def _check_divided(row: Any, question: Question, entries: list[Entry], within: Any) -> None:
    def scope(entry: Entry) -> bool:
        named = {
            Grouping.SKU: entry.sku,
            Grouping.PROVINCE: entry.province if entry.sku is None else None,
            Grouping.REASON: entry.reason if entry.sku is None else None,
            Grouping.SKU_REASON: f"{entry.reason}/{entry.sku}",
        }
        return bool(named[question.group_by] == row.dimension)

    own = [entry for entry in entries if entry.store_id == row.store_id]
    told = opinion(own, within, basis=question.basis, scope=scope)
    for figure in question.figures:
        assert row.values[figure.id] == value_of(figure, told(figure)), (row.dimension, figure.id)


@on_database
@given(events=histories(("york", "island")), grain=day_grains, data=st.data())
async def test_the_bridge_leads_from_one_basis_to_the_other(
    reporting_database: Database,
    events: list[Event],
    grain: Grain,
    data: st.DataObject,
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    first, end = bounds("york", data)
    names = [
        "net_amount",
        *(f"bridge_{kind}_{way}" for kind in ("payments", "refunds") for way in ("in", "out")),
    ]
    stores = ["york", "island"]

    by_event = await ask(reporting_database, a_question(stores, first, end, names, grain=grain))
    by_order = await ask(
        reporting_database, a_question(stores, first, end, names, grain=grain, basis=Basis.ORDER)
    )

    for own, ordered in zip(by_event.rows, by_order.rows, strict=True):
        at = {name: own.values[name].amount or 0 for name in names}
        assert (ordered.values["net_amount"].amount or 0) - at["net_amount"] == (
            at["bridge_refunds_in"]
            - at["bridge_refunds_out"]
            - at["bridge_payments_in"]
            + at["bridge_payments_out"]
        )


@on_database
@given(events=histories(("night",)), data=st.data())
async def test_an_evening_before_is_cut_by_the_hour(
    reporting_database: Database, events: list[Event], data: st.DataObject
) -> None:
    await clear(reporting_database)
    await apply(reporting_database, events)
    first, end = bounds("night", data)
    question = a_question(["night"], first, end, by_hour=True)

    found = await ask(reporting_database, question)

    span = question.spans["night"]
    entries = ledger(events)
    (row,) = found.rows
    told = opinion(
        entries,
        lambda e, by_order: span.begins <= (e.order_hour if by_order else e.own_hour) < span.ends,
        basis=Basis.EVENT,
    )
    for figure in question.figures:
        assert row.values[figure.id] == value_of(figure, told(figure)), figure.id
