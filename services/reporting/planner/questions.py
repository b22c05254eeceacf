"""A question: which figures, of which stores, over which spans, divided and compared how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.reporting.domain.measures import Basis
from services.reporting.domain.periods import (
    Grain,
    Span,
    is_on_the_hour,
    span_of_days,
    span_of_instants,
)
from services.reporting.domain.refusals import BadParameterError, MixedCurrenciesError
from services.reporting.kpis.catalogue import (
    FIGURES,
    is_answered_by,
    is_answered_within_days,
)
from services.reporting.kpis.figures import Figure
from services.reporting.schemas.asking import Comparison, Grouping
from shared.registry.stores import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question in full; ask it with `planner.answers.answer`.

    `stores` are known and the caller's to see, `spans` holds one for each. `limit` keeps that many
    SKUs, provinces or reasons per store, the first by `sort`, and says how many it left off.
    """

    stores: Sequence[Store]
    spans: Mapping[str, Span]
    figures: Sequence[Figure]
    grain: Grain = Grain.TOTAL
    group_by: Grouping = Grouping.STORE
    basis: Basis = Basis.EVENT
    compare: Comparison | None = None
    sort: Figure | None = None
    limit: int | None = None

    @property
    def dimension(self) -> str | None:
        """Return what divides a store's rows."""
        return self.group_by.value if self.group_by.is_divided else None

    @property
    def is_merged(self) -> bool:
        """Say whether the stores are put together."""
        return self.group_by is Grouping.NONE

    @property
    def is_by_hour(self) -> bool:
        """Say whether it asks for hours, or for a period that begins or ends within a day."""
        spans = self.spans.values()
        return self.grain is Grain.HOUR or any(span.is_by_hour for span in spans)


def spans_of(
    stores: Sequence[Store], begins: date | datetime, ends: date | datetime
) -> dict[str, Span]:
    """Return each store's span between two dates (its business days) or two instants.

    Raises `BadParameterError` if `ends` is not after `begins`, if one is a date and the other not,
    or if an instant is not the beginning of an hour of each store: no less than an hour is kept.
    """
    if isinstance(begins, datetime) != isinstance(ends, datetime):
        raise BadParameterError("Give two dates or two times.", parameter="to")
    if ends <= begins:
        raise BadParameterError("`to` is excluded and must be after `from`.", parameter="to")
    if not (isinstance(begins, datetime) and isinstance(ends, datetime)):
        return {store.store_id: span_of_days(begins, ends, store.calendar) for store in stores}
    for store in stores:
        for name, instant in (("from", begins), ("to", ends)):
            if not is_on_the_hour(instant, store.calendar):
                zone = store.calendar.timezone
                detail = f"No hour of store {store.store_id} ({zone}) begins at this time."
                raise BadParameterError(detail, parameter=name, store_id=store.store_id)
    return {store.store_id: span_of_instants(begins, ends, store.calendar) for store in stores}


def choose_figures(
    metrics: Sequence[str] | None, group_by: Grouping, *, is_by_hour: bool
) -> list[Figure]:
    """Return the figures asked for, or all that can be answered so.

    Raises `BadParameterError` for an unknown one, or one that can't be divided like this.
    """
    grouping = "store" if group_by is Grouping.NONE else group_by.value
    if metrics is None:
        return [
            figure
            for figure in FIGURES.values()
            if is_answered_by(figure, grouping)
            and (is_answered_within_days(figure) or not is_by_hour)
        ]
    chosen = []
    for name in dict.fromkeys(metrics):
        figure = FIGURES.get(name)
        if figure is None:
            raise BadParameterError(f"There is no figure {name!r}.", parameter="metrics")
        if not is_answered_by(figure, grouping):
            raise BadParameterError(f"{name} is not kept by {grouping}.", parameter="metrics")
        if is_by_hour and not is_answered_within_days(figure):
            raise BadParameterError(f"{name} needs whole days.", parameter="metrics")
        chosen.append(figure)
    return chosen


def check(question: Question) -> Question:
    """Return a question that can be answered.

    Raises `BadParameterError` or `MixedCurrenciesError`.
    """
    if question.dimension and question.is_by_hour:
        detail = f"Rows by {question.dimension} are kept for whole days."
        raise BadParameterError(detail, parameter="group_by")
    if question.compare is Comparison.PREVIOUS_DAY_SAME_TIME:
        _check_same_time(question)
    currencies = sorted({store.currency for store in question.stores})
    if question.is_merged and len(currencies) > 1:
        money = [figure.id for figure in question.figures if is_money(figure)]
        if money:
            raise MixedCurrenciesError(
                "Amounts of different currencies are not added up. Group by store, ask for stores"
                " of one currency, or leave these figures out.",
                parameter="group_by",
                currencies=currencies,
                metrics=money,
            )
    return question


def _check_same_time(question: Question) -> None:
    is_one_day = all(
        (span.end - span.first).days == 1 and not span.is_by_hour
        for span in question.spans.values()
    )
    if not is_one_day or question.dimension or question.grain in {Grain.WEEK, Grain.MONTH}:
        detail = "previous_day_same_time compares one business day, by store, hour or in total."
        raise BadParameterError(detail, parameter="compare")


def is_money(figure: Figure) -> bool:
    """Say whether a figure adds up money."""
    return any("minor" in measure for measure in figure.measures)
