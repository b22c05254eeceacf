"""The board's numbers, from orders counted in a real database through the one planner."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.reporting.board.asking import Asking
from services.reporting.board.reading import Reading
from services.reporting.board.shown import AFTER_SALE, SALES, Sheet
from services.reporting.planner.standing import choose_stores
from shared.db.engine import Database
from tests.reporting.board.day import an_order, count
from tests.reporting.clearing import clear
from tests.reporting.facts import a_case, a_parcel, a_problem, a_refund, asked_back
from tests.support.applications import open_store

NOW = datetime(2026, 6, 18, 7, 30, tzinfo=UTC)  # 15:30 in Shanghai, 03:30 in New York
MORNING = datetime(2026, 6, 18, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def database(reporting_database: Database) -> AsyncIterator[Database]:
    await clear(reporting_database)
    yield reporting_database
    await clear(reporting_database)


async def read(database: Database, now: datetime = NOW, sheet: Sheet = SALES) -> Reading:
    async with database.reading() as session:
        stores = await choose_stores(session, None, None)
        return await Asking(session, stores, now, sheet).reading()


async def test_without_stores_there_is_nothing(database: Database) -> None:
    reading = await read(database)

    assert (reading.stores, dict(reading.totals), reading.rankings) == (
        (),
        {},
        {"top_products": ()},
    )


async def test_store_without_orders_has_zeros(database: Database) -> None:
    await open_store(database, "s1")

    reading = await read(database)

    assert reading.totals["CNY"].now["paid_amount"] == 0
    assert "payment_rate" not in reading.totals["CNY"].now
    assert [hour.today for hour in reading.hours["CNY"]["paid_amount"]] == [Decimal(0)] * 16 + [
        None
    ] * 8


async def test_today_is_compared_with_yesterday_up_to_the_last_whole_hour(
    database: Database,
) -> None:
    store = await open_store(database, "s1")
    running = NOW - timedelta(minutes=5)
    await count(
        database,
        [
            *an_order(store, MORNING, 20_000, paid_at=MORNING),
            *an_order(store, running, 5_000, paid_at=running),
            *an_order(store, MORNING - DAY, 10_000, paid_at=MORNING - DAY, buyer="bob"),
            *an_order(store, running - DAY, 70_000, paid_at=running - DAY, buyer="cem"),
        ],
    )

    total = (await read(database)).totals["CNY"]

    assert total.now["paid_amount"] == Decimal("250.00")
    assert total.until["paid_amount"] == Decimal("200.00")
    assert total.then["paid_amount"] == Decimal("100.00")
    assert total.now["buyers_paid"] == 1
    assert total.whole["buyers_paid"] == 2
    assert "buyers_paid" not in total.then


async def test_currencies_are_never_summed(database: Database) -> None:
    home = await open_store(database, "s1")
    other = await open_store(database, "s2")
    abroad = await open_store(database, "us", currency="USD")
    await count(
        database,
        [
            *an_order(home, MORNING, 10_000, paid_at=MORNING),
            *an_order(other, MORNING, 2_550, paid_at=MORNING),
            *an_order(abroad, MORNING, 700, paid_at=MORNING),
            *an_order(home, MORNING, 400, paid_at=None),
        ],
    )

    reading = await read(database)

    assert list(reading.totals) == ["CNY", "USD"]
    assert reading.totals["CNY"].now["paid_amount"] == Decimal("125.50")
    assert reading.totals["CNY"].now["buyers_paid"] == 1
    assert reading.totals["USD"].now["paid_amount"] == Decimal("7.00")
    assert reading.by_store["s1"].now["payment_rate"] == Decimal("0.5")


async def test_stores_whose_days_have_other_dates_are_summed_by_their_own_days(
    database: Database,
) -> None:
    east = await open_store(database, "east")
    west = await open_store(database, "west", timezone="America/New_York")
    at_night = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)  # the 18th in Shanghai, the 17th in New York
    now = datetime(2026, 6, 18, 3, 30, tzinfo=UTC)
    await count(
        database,
        [
            *an_order(east, at_night, 1_000, paid_at=at_night, buyer="ann"),
            *an_order(west, at_night, 2_000, paid_at=at_night, buyer="ann"),
        ],
    )

    reading = await read(database, now)

    assert reading.totals["CNY"].now["paid_amount"] == Decimal("30.00")
    assert reading.totals["CNY"].now["buyers_paid"] == 1
    assert {
        hour.hour: hour.today for hour in reading.hours["CNY"]["paid_amount"] if hour.today
    } == {
        10: Decimal("10.00"),
        22: Decimal("20.00"),
    }


async def test_hours_add_up_to_the_tile(database: Database) -> None:
    store = await open_store(database, "s1", day_start=4)
    moments = [NOW - timedelta(minutes=37 * number) for number in range(56)]
    await count(
        database, [event for at in moments for event in an_order(store, at, 1_234, paid_at=at)]
    )

    reading = await read(database)

    hours = reading.hours["CNY"]["paid_amount"]
    assert hours[0].hour == 4
    assert sum(hour.today or 0 for hour in hours) == reading.totals["CNY"].now["paid_amount"]
    assert sum(hour.yesterday for hour in hours) == sum(
        Decimal("12.34") for at in moments if at < datetime(2026, 6, 17, 20, tzinfo=UTC)
    )


async def test_refund_counts_and_products_are_ranked(database: Database) -> None:
    store = await open_store(database, "s1")
    dear = an_order(store, MORNING, 9_000, paid_at=MORNING, sku="DEAR")
    cheap = an_order(store, MORNING, 1_000, paid_at=MORNING, sku="CHEAP")
    await count(database, [*dear, *cheap, a_refund(dear[1], NOW, 3_000)])

    reading = await read(database)

    assert reading.totals["CNY"].now["refunded_amount"] == Decimal("30.00")
    assert [one.name for one in reading.rankings["top_products"]] == ["DEAR", "CHEAP"]


async def test_orders_and_after_sale_are_told_on_their_own_sheet(database: Database) -> None:
    store, other = await open_store(database, "s1"), await open_store(database, "s2")
    hour = timedelta(hours=1)
    first = an_order(store, MORNING, 9_000, paid_at=MORNING, sku="A")
    second = an_order(other, MORNING, 1_000, paid_at=MORNING, sku="B")
    sent = a_parcel(first[0], MORNING + 2 * hour, paid_at=MORNING, ship_by=MORNING + hour)
    await count(
        database,
        [
            *first, *second, sent, a_parcel(second[0], MORNING + hour),
            a_case(second[0], MORNING + 3 * hour), a_problem(first[0], MORNING - 9 * DAY),
            a_problem(first[0], MORNING), *(asked_back(one[0], MORNING) for one in (first, second)),
        ],
    )  # fmt: skip

    reading = await read(database, sheet=AFTER_SALE)

    total = reading.totals["CNY"]
    assert total.now["orders_shipped"] == 2
    assert total.now["mean_shipping_hours"] == 2
    assert total.now["shipped_in_time_rate"] == 0
    assert total.now["cases_opened"] == 1
    assert total.now["problems_open"] == 2  # of all days
    assert reading.by_store["s1"].now["problems_opened"] == 1
    shipped = reading.hours["CNY"]["orders_shipped"]
    assert {hour.hour: hour.today for hour in shipped if hour.today} == {10: 1, 11: 1}
    (reason,) = reading.rankings["top_reasons"]
    assert (reason.store_id, reason.name) == (None, "wrong_size")
    assert reason.figures == {"refunds_requested": 2, "refunds_requested_amount": 10}
    assert [(one.store_id, one.name) for one in reading.rankings["top_returns"]] == [("s2", "A")]


async def test_figures_are_as_old_as_the_last_watermark_passed(database: Database) -> None:
    await open_store(database, "s1")

    reading = await read(database)

    assert reading.standing.as_of is None
    assert not reading.standing.is_complete
