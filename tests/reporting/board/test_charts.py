"""The hourly chart, as ECharts is told it."""

import pytest

from services.reporting.board.charts import options_of
from services.reporting.board.language import Language
from services.reporting.board.shapes import Chart, Line
from services.reporting.board.texts import Texts

HOURS = ("00:00", "01:00", "02:00")


@pytest.mark.parametrize(
    ("today", "is_seen"),
    [
        (("5.00", None, None), True),
        (("5.00", "0.00", None), False),
        ((None, None, None), False),
    ],
    ids=["first hour", "second hour", "before it"],
)
def test_a_line_of_one_hour_is_drawn_as_a_point(
    today: tuple[str | None, ...], is_seen: bool
) -> None:
    before = Line("yesterday", ("1.00", "2.00", "3.00"), is_former=True)
    chart = Chart(labels=HOURS, lines=(Line("today", today), before), currency="CNY")

    drawn, former = options_of(chart, Texts(Language.EN))["series"]

    assert (drawn["data"], drawn["showSymbol"]) == (list(today), is_seen)
    assert (former["data"], former["showSymbol"]) == (["1.00", "2.00", "3.00"], False)
