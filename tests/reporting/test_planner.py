"""Answers agree with a slow second opinion, for random histories and random questions."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.domain.measures import Basis
from services.reporting.domain.periods import (
    Grain,
    first_day,
    span_of_days,
    span_of_instants,
)
from services.reporting.kpis.figures import value_of
from services.reporting.planner.answers import Answer, answer
from services.reporting.planner.questions import Question, check, choose_figures
from services.reporting.schemas.asking import Comparison, Grouping
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kernel.buckets import bucket_of
from shared.registry.stores import Store
from tests.reporting.clearing import clear
from tests.reporting.facts import a_refund, an_order
from tests.reporting.lives import STORES, histories
from tests.reporting.oracle import Entry, ledger
from tests.reporting.second_opinion import sums_of
from tests.reporting.test_apply import apply

DAY = timedelta(days=1)
on_database = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_store(store_id: str) -> Store:
    calendar, currency, _ = STORES[store_id]
    return Store(
        store_id=store_id, name=store_id, platform="tmall", calendar=calendar, currency=currency,
        groups=(), is_open=True, settings={},
    )  # fmt: skip


def a_question(
    stores: Sequence[str],
    first: date,
    end: date,
    metrics: Sequence[str] | None = None,
    *,
    by_hour: bool = False,
    **values: Any,
) -> Question:
    group_by = values.get("group_by", Grouping.STORE)
    is_hourly = by_hour or values.get("grain") is Grain.HOUR
    spans = {store_id: span_of_days(first, end, STORES[store_id][0]) for store_id in stores}
    if by_hour:
        spans = {
            store_id: span_of_instants(
                span.begins + 2 * timedelta(hours=1), span.ends, span.calendar
            )
            for store_id, span in spans.items()
        }
    return check(
        Question(
            stores=[a_store(store_id) for store_id in stores],
            spans=spans,
            figures=choose_figures(metrics, group_by, is_by_hour=is_hourly),
            **values,
        )
    )


async def ask(database: Database, question: Question, now: datetime = NOW) -> Answer:
    async with database.reading() as session:
        return await answer(session, question, now)


def amounts(found: Answer, name: str) -> list[Any]:
    return [row.values[name].amount for row in found.rows]


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
        for figure in question.figures:
            sums = sums_of(figure, own, within, basis=basis, starts=starts)
            assert row.values[figure.id] == value_of(figure, sums), (row.store_id, figure.id)
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
        for figure in question.figures:
            sums = sums_of(figure, entries, within, basis=basis, starts=starts)
            assert row.values[figure.id] == value_of(figure, sums), figure.id
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
        for figure in question.figures:
            sums = sums_of(figure, own, in_hour(row.bucket), basis=basis)
            assert row.values[figure.id] == value_of(figure, sums), (row.bucket, figure.id)
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
        a_question(["tokyo", "night"], first, end, ["paid_amount", "refunded_amount"], basis=basis),
    )

    entries, within = ledger(events), in_bucket(first, end, Grain.TOTAL, None)
    for group_by in (Grouping.SKU, Grouping.PROVINCE):
        question = a_question(["tokyo", "night"], first, end, basis=basis, group_by=group_by)
        found = await ask(reporting_database, question)
        for row in found.rows:
            _check_divided(row, question, entries, within)
        for total in whole.rows:
            for name in ("paid_amount", "refunded_amount"):
                parts = [r.values[name].amount for r in found.rows if r.store_id == total.store_id]
                assert sum(part or 0 for part in parts) == total.values[name].amount


def _check_divided(row: Any, question: Question, entries: list[Entry], within: Any) -> None:
    by_sku = question.group_by is Grouping.SKU

    def scope(entry: Entry) -> bool:
        if by_sku:
            return bool(entry.sku == row.dimension)
        return bool(entry.sku is None and entry.province == row.dimension)

    own = [entry for entry in entries if entry.store_id == row.store_id]
    for figure in question.figures:
        sums = sums_of(figure, own, within, basis=question.basis, scope=scope)
        assert row.values[figure.id] == value_of(figure, sums), (row.dimension, figure.id)


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
    for figure in question.figures:
        sums = sums_of(
            figure,
            entries,
            lambda e, by_order: (
                span.begins <= (e.order_hour if by_order else e.own_hour) < span.ends
            ),
            basis=Basis.EVENT,
        )
        assert row.values[figure.id] == value_of(figure, sums), figure.id


MIDDLE = STORES["tokyo"][2]  # 09:00 in Tokyo
TODAY = MIDDLE.date()


@pytest.fixture
async def database(reporting_database: Database) -> Database:
    await clear(reporting_database)
    return reporting_database


async def test_june_and_july_by_either_basis(database: Database) -> None:
    placed = datetime(2024, 6, 1, 3, tzinfo=UTC)
    sold = an_order("night", placed_at=placed)
    await apply(database, [*sold, a_refund(sold[1], datetime(2024, 7, 3, tzinfo=UTC), 4000)])

    def question(basis: Basis) -> Question:
        return a_question(
            ["night"], date(2024, 6, 1), date(2024, 8, 1), ["net_amount"], grain=Grain.MONTH,
            basis=basis,
        )  # fmt: skip

    by_order = await ask(database, question(Basis.ORDER))
    by_event = await ask(database, question(Basis.EVENT))

    assert amounts(by_order, "net_amount") == [6000, 0]
    assert amounts(by_event, "net_amount") == [10_000, -4000]


async def test_days_without_sales_are_rows_of_zeros_without_ratios(database: Database) -> None:
    names = ["orders_paid", "paid_amount", "payment_rate", "amount_per_buyer", "buyers_paid"]

    found = await ask(
        database, a_question(["tokyo"], TODAY, TODAY + 3 * DAY, names, grain=Grain.DAY)
    )

    assert [row.bucket for row in found.rows] == [TODAY, TODAY + DAY, TODAY + 2 * DAY]
    for row in found.rows:
        assert [row.values[name].amount for name in names] == [0, 0, None, None, 0]


async def test_a_buyer_of_two_days_is_one_buyer(database: Database) -> None:
    events = [
        *an_order("tokyo", 1, buyer_key="ann"),
        *an_order("tokyo", 2, buyer_key="ann", placed_at=MIDDLE + DAY),
        *an_order("tokyo", 3, buyer_key="bob", placed_at=MIDDLE + DAY),
    ]
    await apply(database, events)
    names = [
        "buyers_paid",
        "amount_per_buyer",
        "new_buyers",
        "returning_buyers",
        "repeat_purchase_rate",
    ]
    period = TODAY, TODAY + 2 * DAY, names

    total = await ask(database, a_question(["tokyo"], *period))
    daily = await ask(database, a_question(["tokyo"], *period, grain=Grain.DAY))

    values = {name: total.rows[0].values[name].amount for name in names}
    assert values["buyers_paid"] == 2
    assert values["amount_per_buyer"] == 15_000
    assert (values["new_buyers"], values["returning_buyers"]) == (2, 0)
    assert str(values["repeat_purchase_rate"]) == "0.500000"
    assert amounts(daily, "buyers_paid") == [1, 2]
    assert amounts(daily, "returning_buyers") == [0, 1]


@pytest.mark.parametrize(("days_ago", "returning"), [(365, 1), (366, 0)])
async def test_a_buyer_returns_within_365_days(
    database: Database, days_ago: int, returning: int
) -> None:
    events = [
        *an_order("tokyo", 1, buyer_key="ann", placed_at=MIDDLE - days_ago * DAY),
        *an_order("tokyo", 2, buyer_key="ann"),
    ]
    await apply(database, events)

    found = await ask(
        database,
        a_question(["tokyo"], TODAY, TODAY + DAY, ["returning_buyers", "returning_amount"]),
    )

    assert amounts(found, "returning_buyers") == [returning]
    assert amounts(found, "returning_amount") == [10_000 * returning]


async def test_figures_of_buyers_have_no_value_where_buyers_are_unknown(database: Database) -> None:
    await apply(database, an_order("tokyo", buyer_key=None, lines=[]))
    names = [
        "orders_paid",
        "buyers_paid",
        "amount_per_buyer",
        "units_per_order",
        "amount_per_order",
    ]

    found = await ask(database, a_question(["tokyo"], TODAY, TODAY + DAY, names))

    assert [found.rows[0].values[name].amount for name in names] == [1, None, None, None, 10_000]


async def test_today_is_compared_with_yesterday_up_to_the_same_hour(database: Database) -> None:
    hour = timedelta(hours=1)
    midnight = MIDDLE - 9 * hour
    times = [0.5, 5, 8.9, 9.1, 20]  # hours since midnight
    events: list[Event] = []
    for number, since in enumerate([*times, *(since - 24 for since in times)]):
        events += an_order("tokyo", number, placed_at=midnight + since * hour)
    await apply(database, [e for e in events if e.occurred_at < MIDDLE + 0.5 * hour])
    question = a_question(
        ["tokyo"], TODAY, TODAY + DAY, ["orders_paid", "buyers_paid"],
        compare=Comparison.PREVIOUS_DAY_SAME_TIME,
    )  # fmt: skip

    found = await ask(database, question, now=MIDDLE + 0.5 * hour)

    (row,) = found.rows
    assert row.compared is not None
    assert row.compared.current is not None
    assert row.values["orders_paid"].amount == 4
    assert row.compared.current["orders_paid"].amount == 3
    assert row.compared.values["orders_paid"].amount == 3
    assert row.compared.bucket == TODAY - DAY
    assert row.compared.values["buyers_paid"].amount is None


@pytest.mark.parametrize(
    ("compare", "first", "end", "placed", "count"),
    [
        (Comparison.PREVIOUS_PERIOD, date(2024, 3, 1), date(2024, 4, 1), date(2024, 2, 1), 1),
        (Comparison.PREVIOUS_PERIOD, date(2024, 3, 1), date(2024, 4, 1), date(2024, 1, 31), 0),
        (Comparison.PREVIOUS_PERIOD, date(2024, 3, 2), date(2024, 3, 9), date(2024, 2, 24), 1),
        (Comparison.PREVIOUS_YEAR, date(2024, 2, 29), date(2024, 3, 1), date(2023, 2, 28), 1),
        (Comparison.PREVIOUS_YEAR, date(2024, 2, 1), date(2024, 3, 1), date(2023, 2, 28), 1),
    ],
)
async def test_periods_are_compared_with_those_before(
    database: Database,
    compare: Comparison,
    first: date,
    end: date,
    placed: date,
    count: int,
) -> None:
    noon = datetime(placed.year, placed.month, placed.day, 3, tzinfo=UTC)
    await apply(database, an_order("tokyo", placed_at=noon))

    found = await ask(database, a_question(["tokyo"], first, end, ["orders_paid"], compare=compare))

    (row,) = found.rows
    assert row.compared is not None
    assert row.compared.values["orders_paid"].amount == count
    assert row.values["orders_paid"].amount == 0


async def test_the_best_products_come_first_and_the_rest_is_counted(database: Database) -> None:
    from shared.contracts.orders import OrderLine

    events: list[Event] = []
    for number, (sku, minor) in enumerate([("A", 100), ("B", 900), ("C", 500), (None, 7)]):
        line = OrderLine(line_no=1, sku=sku, quantity=1, amount_minor=minor)
        events += an_order("tokyo", number, lines=[line])
    await apply(database, events)
    question = a_question(
        ["tokyo"], TODAY, TODAY + DAY, ["paid_amount"], group_by=Grouping.SKU, limit=2
    )

    found = await ask(database, question)

    assert [row.dimension for row in found.rows] == ["B", "C", ""]
    assert amounts(found, "paid_amount") == [900, 500, 7]
    assert found.left_off == 1
