"""From a reading to what stands on the page: texts and marks, nothing left to decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.reporting.board.formats import (
    NO_VALUE,
    Amount,
    clock,
    count,
    growth,
    money,
    rate,
    signed,
)
from services.reporting.board.reading import Compared, HourOfDay, KnownStore, Product, Reading
from services.reporting.board.shown import COLUMNS, ORDERS_PAID, ORDERS_PLACED, PAID, TILES, Shown
from services.reporting.board.texts import TEXTS, Texts
from services.reporting.kpis.figures import Unit
from shared.kernel.buckets import bucket_of

LATE_SECONDS = 5
"""From this age on the figures are called late; the rule of `complete` in the planner's answer."""


class Direction(StrEnum):
    """Where a figure went since yesterday; NONE where the two can't be compared."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"
    NONE = "none"


_ACTIVITY = (ORDERS_PLACED, ORDERS_PAID, PAID)
MARKS = {Direction.UP: "▲", Direction.DOWN: "▼", Direction.FLAT: "＝", Direction.NONE: ""}


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is shown; `is_better` is None where nothing changed or can be said."""

    text: str
    direction: Direction
    is_better: bool | None = None

    @property
    def mark(self) -> str:
        """Return the sign that says up or down without a colour."""
        return MARKS[self.direction]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its comparison.

    `value` goes on; `by_then` is what it was at the hour up to which it is compared with `was`.
    """

    metric: str
    title: str
    value: Amount
    by_then: str
    was: str
    change: Change


@dataclass(frozen=True, slots=True)
class Chart:
    """The paid amount by hour, as decimal strings; None where an hour of today is to come."""

    labels: tuple[str, ...]
    today: tuple[str | None, ...]
    yesterday: tuple[str, ...]
    currency: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is summed: the stores of one currency."""

    currency: str
    stores: str
    tiles: tuple[Tile, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class Row:
    """A store in the table; `sort` holds what its columns are sorted by."""

    store_id: str
    name: str
    detail: str
    cells: tuple[Amount, ...]
    change: Change
    sort: tuple[Decimal | str, ...]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in the list; `share` is its part of the first one's amount, in per cent."""

    key: str
    name: str
    detail: str
    amount: str
    units: str
    share: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the figures are; `state` is complete, open, late or never.

    `compared` says up to when today is compared with yesterday.
    """

    text: str
    detail: str
    state: str
    compared: str


@dataclass(frozen=True, slots=True)
class View:
    """The page at one moment."""

    freshness: Freshness
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    products: tuple[ProductRow, ...]
    is_quiet: bool


def view_of(reading: Reading, texts: Texts) -> View:
    """Return what the page shows of a reading."""
    stores = {store.store_id: store for store in reading.stores}
    every = reading.totals.values()
    return View(
        freshness=freshness_of(reading, texts),
        sections=tuple(_section(reading, currency, texts) for currency in sorted(reading.totals)),
        rows=tuple(
            _row(store, reading.by_store[store.store_id], texts) for store in reading.stores
        ),
        products=_products(reading.products, stores, texts),
        is_quiet=bool(reading.totals)
        and not any(one.now.get(shown.id) for one in every for shown in _ACTIVITY),
    )


def written(value: Decimal | None, unit: Unit, currency: str) -> Amount:
    """Write a figure's value; a dash where it has none."""
    if value is None:
        return Amount(NO_VALUE)
    if unit is Unit.MONEY:
        return money(value, currency)
    return rate(value) if unit is Unit.RATIO else count(value)


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


def _section(reading: Reading, currency: str, texts: Texts) -> Section:
    compared = reading.totals[currency]
    number = sum(store.currency == currency for store in reading.stores)
    return Section(
        currency=currency,
        stores=texts("one_store") if number == 1 else texts("store_count", count=number),
        tiles=tuple(_tile(compared, shown, currency, texts) for shown in TILES),
        chart=_chart(reading.hours[currency], currency),
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


def _chart(hours: tuple[HourOfDay, ...], currency: str) -> Chart:
    return Chart(
        labels=tuple(f"{hour.hour:02d}:00" for hour in hours),
        today=tuple(None if hour.today is None else f"{hour.today:f}" for hour in hours),
        yesterday=tuple(f"{hour.yesterday:f}" for hour in hours),
        currency=currency,
    )


def _row(store: KnownStore, compared: Compared, texts: Texts) -> Row:
    values = [compared.now.get(shown.id) for shown in COLUMNS]
    first = COLUMNS[0]
    nothing = Decimal(-1)
    rise = growth(compared.now.get(first.id, Decimal()), compared.then.get(first.id, Decimal()))
    return Row(
        store_id=store.store_id,
        name=store.name,
        detail=platform_of(store.platform, texts),
        cells=tuple(
            written(value, shown.figure.unit, store.currency)
            for value, shown in zip(values, COLUMNS, strict=True)
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


def _products(
    products: tuple[Product, ...], stores: Mapping[str, KnownStore], texts: Texts
) -> tuple[ProductRow, ...]:
    tops: dict[str, Decimal] = {}
    rows = []
    for product in products:
        store = stores[product.store_id]
        paid = product.figures.get("paid_amount", Decimal())
        top = tops.setdefault(store.currency, paid)
        units = product.figures.get("units_paid", Decimal())
        rows.append(
            ProductRow(
                key=f"{product.store_id}\n{product.sku}",
                name=product.sku,
                detail=store.name,
                amount=str(money(paid, store.currency)),
                units=texts("units", count=count(units)),
                share=max(0, int(paid * 100 / top)) if top > 0 else 0,
            )
        )
    return tuple(rows)
