"""What figures mean, by worked examples."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.reporting.domain.measures import Basis
from services.reporting.domain.periods import (
    Grain,
)
from services.reporting.planner.questions import Question
from services.reporting.schemas.asking import Comparison, Grouping
from shared.contracts.envelope import Event
from shared.db.engine import Database
from tests.reporting.asking import DAY, a_question, amounts, ask
from tests.reporting.clearing import clear
from tests.reporting.facts import a_refund, an_order
from tests.reporting.lives import STORES
from tests.reporting.test_apply import apply

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
