"""Questions as tests put them to the planner."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.reporting.domain.periods import (
    Grain,
    span_of_days,
    span_of_instants,
)
from services.reporting.planner.answers import Answer, answer
from services.reporting.planner.questions import Question, check, choose_figures
from services.reporting.schemas.asking import Grouping
from shared.db.engine import Database
from shared.registry.stores import Store
from tests.reporting.lives import STORES

DAY = timedelta(days=1)
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
