"""From a reading to what stands on the page."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.reporting.board.formats import (
    NO_VALUE,
    Amount,
    clock,
    count,
    growth,
    hours,
    money,
    rate,
    signed,
)
from services.reporting.board.reading import Compared, HourOfDay, KnownStore, Reading
from services.reporting.board.shapes import (
    Change,
    Chart,
    Direction,
    Freshness,
    Line,
    RankRow,
    Ranks,
    Row,
    Section,
    Tile,
    View,
)
from services.reporting.board.shown import SALES, Ranking, Sheet, Shown
from services.reporting.board.texts import TEXTS, Texts
from services.reporting.kpis.figures import Unit
from services.reporting.schemas.asking import Grouping
from shared.kernel.buckets import bucket_of

LATE_SECONDS = 5
"""From this age on the figures are called late; the rule of `complete` in the planner's answer."""


def view_of(reading: Reading, texts: Texts, sheet: Sheet = SALES) -> View:
    """Return what a sheet shows of its reading."""
    every = reading.totals.values()
    return View(
        freshness=freshness_of(reading, texts),
        sections=tuple(
            _section(reading, currency, texts, sheet=sheet) for currency in sorted(reading.totals)
        ),
        rows=tuple(
            _row(store, reading.by_store[store.store_id], texts, sheet=sheet)
            for store in reading.stores
        ),
        rankings=tuple(
            Ranks(ranking.name, _ranks(ranking, reading, texts)) for ranking in sheet.rankings
        ),
        is_quiet=bool(reading.totals)
        and not any(one.now.get(shown.id) for one in every for shown in sheet.activity),
    )


def written(value: Decimal | None, unit: Unit, currency: str) -> Amount:
    """Write a figure's value; a dash where it has none."""
    if value is None:
        return Amount(NO_VALUE)
    if unit is Unit.MONEY:
        return money(value, currency)
    if unit is Unit.RATIO:
        return rate(value)
    return hours(value) if unit is Unit.HOURS else count(value)


def change_of(compared: Compared, shown: Shown, texts: Texts) -> Change:
    """Compare today with yesterday at the same time: in per cent, a rate in percentage points."""
    now, then = compared.until.get(shown.id), compared.then.get(shown.id)
    if now is None or then is None or not (now or then):
        return Change(NO_VALUE, Direction.NONE)
    if now == then:
        return Change(texts("unchanged"), Direction.FLAT)
    if shown.figure.unit is Unit.RATIO:
        text = texts("points", value=signed((now - then) * 100, 2))
    else:
        per_cent = growth(now, then)
        text = texts("from_nothing") if per_cent is None else f"{signed(per_cent, 1)}%"
    direction = Direction.UP if now > then else Direction.DOWN
    return Change(text, direction, (now > then) is not shown.is_better_low)


def freshness_of(reading: Reading, texts: Texts) -> Freshness:
    """Say until when the figures are whole, and whether the day goes on."""
    standing, compared = reading.standing, _compared_until(reading, texts)
    if standing.as_of is None:
        return Freshness(texts("never"), "", "never", compared)
    text = texts("as_of", time=clock(standing.as_of, _common_zone(reading)))
    age = int((reading.asked_at - standing.as_of).total_seconds())
    state, detail = "open", texts("open")
    if standing.parked:
        state, detail = "late", texts("parked", count=standing.parked)
    elif standing.is_complete:
        state, detail = "complete", texts("complete")
    elif age >= LATE_SECONDS:
        state, detail = "late", texts("late", seconds=age)
    return Freshness(text, detail, state, compared)


def _compared_until(reading: Reading, texts: Texts) -> str:
    calendars = {store.calendar for store in reading.stores}
    if len(calendars) != 1:
        return texts("compared") if calendars else ""
    calendar = calendars.pop()
    hour = bucket_of(reading.asked_at, calendar).hour.astimezone(ZoneInfo(calendar.timezone))
    return texts("compared_until", time=f"{hour:%H:%M}")


def _common_zone(reading: Reading) -> str | None:
    zones = {store.calendar.timezone for store in reading.stores}
    return zones.pop() if len(zones) == 1 else None


def _section(reading: Reading, currency: str, texts: Texts, *, sheet: Sheet) -> Section:
    compared = reading.totals[currency]
    number = sum(store.currency == currency for store in reading.stores)
    return Section(
        currency=currency,
        stores=texts("one_store") if number == 1 else texts("store_count", count=number),
        tiles=tuple(_tile(compared, shown, currency, texts) for shown in sheet.tiles),
        chart=_chart(reading.hours[currency], currency, texts, sheet=sheet),
    )


def _tile(compared: Compared, shown: Shown, currency: str, texts: Texts) -> Tile:
    then, name = compared.then.get(shown.id), "was"
    until = None if then is None else compared.until.get(shown.id)
    if then is None and shown.id in compared.whole:
        then, name = compared.whole[shown.id], "was_all_day"

    def told(name: str, value: Decimal | None) -> str:
        is_known = value is not None
        return texts(name, value=written(value, shown.figure.unit, currency)) if is_known else ""

    return Tile(
        metric=shown.id,
        title=shown.name(texts.language),
        value=written(compared.now.get(shown.id), shown.figure.unit, currency),
        by_then=told("by_then", until),
        was=told(name, then),
        change=change_of(compared, shown, texts),
    )


def _chart(
    charted: Mapping[str, tuple[HourOfDay, ...]], currency: str, texts: Texts, *, sheet: Sheet
) -> Chart:
    first = sheet.charted[0]
    before = charted.get(first.id, ())
    lines = [
        Line(
            texts("today") if len(sheet.charted) == 1 else shown.name(texts.language),
            tuple(
                None if hour.today is None else f"{hour.today:f}"
                for hour in charted.get(shown.id, ())
            ),
        )
        for shown in sheet.charted
    ]
    if len(lines) == 1:
        former = tuple(f"{hour.yesterday:f}" for hour in before)
        lines.append(Line(texts("yesterday"), former, is_former=True))
    return Chart(
        labels=tuple(f"{hour.hour:02d}:00" for hour in before),
        lines=tuple(lines),
        currency=currency if first.figure.unit is Unit.MONEY else None,
    )


def _row(store: KnownStore, compared: Compared, texts: Texts, *, sheet: Sheet) -> Row:
    values = [compared.now.get(shown.id) for shown in sheet.columns]
    first = sheet.columns[0]
    nothing = Decimal(-1)
    rise = growth(compared.now.get(first.id, Decimal()), compared.then.get(first.id, Decimal()))
    return Row(
        store_id=store.store_id,
        name=store.name,
        detail=platform_of(store.platform, texts),
        cells=tuple(
            written(value, shown.figure.unit, store.currency)
            for value, shown in zip(values, sheet.columns, strict=True)
        ),
        change=change_of(compared, first, texts),
        sort=(
            store.name.casefold(),
            *(nothing if value is None else value for value in values),
            Decimal() if rise is None else rise,
        ),
    )


def platform_of(platform: str, texts: Texts) -> str:
    """Return a platform's name; one that directory added is called as it is there."""
    name = f"platform_{platform}"
    return texts(name) if name in TEXTS else platform


def _ranks(ranking: Ranking, reading: Reading, texts: Texts) -> tuple[RankRow, ...]:
    names = {store.store_id: store.name for store in reading.stores}
    tops: dict[str, Decimal] = {}
    rows = []
    for one in reading.rankings.get(ranking.name, ()):
        amount, beside = (
            one.figures.get(shown.id, Decimal()) for shown in (ranking.figure, ranking.beside)
        )
        top = tops.setdefault(one.currency, amount)
        told = written(beside, ranking.beside.figure.unit, one.currency)
        is_reason = ranking.group_by is Grouping.REASON
        rows.append(
            RankRow(
                key=f"{one.store_id or one.currency}\n{one.name}",
                name=texts(f"reason_{one.name}") if is_reason else one.name,
                detail=names.get(
                    one.store_id or "", one.currency if len(reading.totals) > 1 else ""
                ),
                amount=str(written(amount, ranking.figure.figure.unit, one.currency)),
                beside=str(told) if ranking.unit is None else texts(ranking.unit, count=told),
                share=max(0, int(amount * 100 / top)) if top > 0 else 0,
            )
        )
    return tuple(rows)
