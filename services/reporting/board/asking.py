"""The board's questions to the planner; every number on the page is an answer to one of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.board.reading import (
    Compared,
    Figures,
    HourOfDay,
    KnownStore,
    Ranked,
    Reading,
)
from services.reporting.board.shown import Ranking, Sheet, Shown
from services.reporting.domain.completeness import Completeness
from services.reporting.domain.periods import Grain, Span, span_of_days
from services.reporting.kpis.catalogue import FIGURES, is_answered_within_days
from services.reporting.kpis.figures import Figure, Unit
from services.reporting.planner.answers import Row, Values, answer
from services.reporting.planner.questions import Question, check
from services.reporting.planner.standing import completeness_of
from services.reporting.schemas.asking import Comparison, Grouping
from shared.kernel.buckets import StoreCalendar, bucket_of, business_day
from shared.kernel.money import exponent
from shared.registry.stores import Store

MOST_RANKS = 8
_DAY = timedelta(days=1)
_HOURS = 24
_QUARTER = 900  # seconds
_NONE: Figures = {}
_EVER = date(2000, 1, 1)


class Asking:
    """The questions of one moment, about some stores, in one snapshot: what a sheet shows."""

    def __init__(
        self, session: AsyncSession, stores: Sequence[Store], now: datetime, sheet: Sheet
    ) -> None:
        self._session = session
        self._stores = stores
        self._sheet = sheet
        self.now = now
        self._today = {store.store_id: business_day(now, store.calendar) for store in stores}

    async def reading(self) -> Reading:
        """Ask everything that a page shows."""
        groups = _by_currency(self._stores)
        return Reading(
            stores=self._known(),
            standing=await self.standing(),
            asked_at=self.now,
            totals={currency: await self._total(stores) for currency, stores in groups.items()},
            by_store=await self._each(),
            hours={currency: await self._hours(stores) for currency, stores in groups.items()},
            rankings={
                ranking.name: await self._ranking(ranking, groups)
                for ranking in self._sheet.rankings
            },
        )

    async def standing(self) -> Completeness:
        """Ask how far the figures of the stores' days have come."""
        return await completeness_of(self._session, self._spans(self._stores).values(), self.now)

    def is_like(self, earlier: Reading) -> bool:
        """Say whether time alone has left the numbers of an earlier reading as they were.

        No hour and no day of any store ends within a quarter of an hour.
        """
        quarters = {int(at.timestamp()) // _QUARTER for at in (earlier.asked_at, self.now)}
        return len(quarters) == 1 and earlier.stores == self._known()

    def _known(self) -> tuple[KnownStore, ...]:
        return tuple(
            KnownStore(s.store_id, s.name, s.platform, s.currency, s.calendar) for s in self._stores
        )

    async def _total(self, stores: Sequence[Store]) -> Compared:
        tiles = self._sheet.tiles
        today = _figures(one for one in tiles if not one.is_ever)
        question = Question(
            stores=stores,
            spans=self._spans(stores),
            figures=today,
            group_by=Grouping.NONE,
            compare=Comparison.PREVIOUS_DAY_SAME_TIME,
        )
        row = (await self._ask(question))[0]
        currency = stores[0].currency
        people = [figure for figure in today if not is_answered_within_days(figure)]
        whole = await self._sum(stores, people, self._spans(stores, days_ago=1))
        ever = _figures(one for one in tiles if one.is_ever)
        total = _compared(row, currency, _plain(whole, currency))
        spans = {
            store.store_id: span_of_days(_EVER, self._today[store.store_id] + _DAY, store.calendar)
            for store in stores
        }
        at_all = _plain(await self._sum(stores, ever, spans), currency)
        return replace(total, now={**total.now, **at_all})

    async def _sum(
        self, stores: Sequence[Store], figures: Sequence[Figure], spans: Mapping[str, Span]
    ) -> Values:
        if not figures:
            return {}
        question = Question(stores=stores, spans=spans, figures=figures, group_by=Grouping.NONE)
        return (await self._ask(question))[0].values

    async def _each(self) -> dict[str, Compared]:
        question = Question(
            stores=self._stores,
            spans=self._spans(self._stores),
            figures=_figures(self._sheet.columns),
            compare=Comparison.PREVIOUS_DAY_SAME_TIME,
        )
        rows = {row.store_id: row for row in await self._ask(question)}
        return {
            store.store_id: _compared(rows[store.store_id], store.currency, _NONE)
            for store in self._stores
        }

    async def _hours(self, stores: Sequence[Store]) -> dict[str, tuple[HourOfDay, ...]]:
        """Ask for the hours of today and yesterday, and lay those of the same name together."""
        sums: dict[tuple[str, bool, int], Decimal] = defaultdict(Decimal)
        begun: set[int] = set()
        for calendar, alike in _by_calendar(stores).items():
            today = self._today[alike[0].store_id]
            for instant, values in await self._hours_of(alike):
                bucket = bucket_of(instant, calendar)
                hour = instant.astimezone(ZoneInfo(calendar.timezone)).hour
                for metric, value in values.items():
                    sums[metric, bucket.day == today, hour] += value
                if bucket.day == today and instant <= self.now:
                    begun.add(hour)
        first = stores[0].calendar.day_start
        hours = [(first + step) % _HOURS for step in range(_HOURS)]
        return {
            shown.id: tuple(
                HourOfDay(
                    hour,
                    sums[shown.id, True, hour] if hour in begun else None,
                    sums[shown.id, False, hour],
                )
                for hour in hours
            )
            for shown in self._sheet.charted
        }

    async def _hours_of(self, alike: Sequence[Store]) -> list[tuple[datetime, Figures]]:
        spans = self._spans(alike, days_ago=1, days=2)
        question = Question(
            stores=alike,
            spans=spans,
            figures=_figures(self._sheet.charted),
            grain=Grain.HOUR,
            group_by=Grouping.NONE,
        )
        currency = alike[0].currency
        return [
            (row.bucket, _plain(row.values, currency))
            for row in await self._ask(question)
            if isinstance(row.bucket, datetime)
        ]

    async def _ranking(
        self, ranking: Ranking, groups: Mapping[str, Sequence[Store]]
    ) -> tuple[Ranked, ...]:
        """Ask for what counts most; what is summed over stores is not cut before."""
        question = Question(
            stores=self._stores,
            spans=self._spans(self._stores),
            figures=_figures([ranking.figure, ranking.beside]),
            group_by=ranking.group_by,
            limit=None if ranking.is_summed else MOST_RANKS,
        )
        currencies = {store.store_id: store.currency for store in self._stores}
        found: defaultdict[tuple[str, str | None, str], defaultdict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        for row in await self._ask(question):
            currency = currencies[row.store_id]
            store_id = None if ranking.is_summed else row.store_id
            for metric, value in _plain(row.values, currency).items():
                found[currency, store_id, row.dimension or ""][metric] += value
        metric = ranking.figure.id
        ranks = [
            Ranked(store_id, name, currency, dict(values))
            for (currency, store_id, name), values in found.items()
            if name and values[metric] > 0
        ]
        ranks.sort(key=lambda one: (-one.figures[metric], one.name, one.store_id or ""))
        share = max(3, MOST_RANKS // max(1, len(groups)))
        return tuple(
            one
            for currency in groups
            for one in [rank for rank in ranks if rank.currency == currency][:share]
        )

    async def _ask(self, question: Question) -> Sequence[Row]:
        if not question.stores:
            return []
        return (await answer(self._session, check(question), self.now)).rows

    def _spans(
        self, stores: Iterable[Store], *, days_ago: int = 0, days: int = 1
    ) -> dict[str, Span]:
        return {
            store.store_id: _span(self._today[store.store_id], store.calendar, days_ago, days)
            for store in stores
        }


def _span(today: date, calendar: StoreCalendar, days_ago: int, days: int) -> Span:
    first = today - days_ago * _DAY
    return span_of_days(first, first + days * _DAY, calendar)


def _figures(shown: Iterable[Shown]) -> list[Figure]:
    return [one.figure for one in shown]


def _by_currency(stores: Sequence[Store]) -> dict[str, list[Store]]:
    groups: defaultdict[str, list[Store]] = defaultdict(list)
    for store in stores:
        groups[store.currency].append(store)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


def _by_calendar(stores: Sequence[Store]) -> dict[StoreCalendar, list[Store]]:
    groups: defaultdict[StoreCalendar, list[Store]] = defaultdict(list)
    for store in stores:
        groups[store.calendar].append(store)
    return groups


def _compared(row: Row, currency: str, whole: Figures) -> Compared:
    now = _plain(row.values, currency)
    if row.compared is None or row.compared.current is None:
        return Compared(now, _NONE, _NONE, whole)
    until = _plain(row.compared.current, currency)
    return Compared(now, until, _plain(row.compared.values, currency), whole)


def _plain(values: Values, currency: str) -> Figures:
    return {
        metric: _number(FIGURES[metric], value.amount, currency)
        for metric, value in values.items()
        if value.amount is not None
    }


def _number(figure: Figure, amount: int | Decimal, currency: str) -> Decimal:
    if figure.unit is Unit.MONEY:
        return Decimal(amount).scaleb(-exponent(currency))
    return Decimal(amount)
