"""From a reading to what stands on the page: texts and marks, nothing left to decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

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
from services.reporting.board.texts import Texts, Words

LATE_SECONDS = 5
"""From this age on the figures are called late; the rule of `complete` in the planner's answer."""


class Kind(StrEnum):
    """How a figure is written."""

    MONEY = "money"
    COUNT = "count"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that the board shows; `is_better_low` turns the colour of its change around."""

    metric: str
    kind: Kind
    is_better_low: bool = False


class Direction(StrEnum):
    """Where a figure went since yesterday; NONE where the two can't be compared."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"
    NONE = "none"


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
    """One figure with its comparison."""

    metric: str
    title: str
    value: Amount
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
    """How new the figures are; `state` is complete, open, late or never."""

    text: str
    detail: str
    state: str


@dataclass(frozen=True, slots=True)
class View:
    """The page at one moment."""

    freshness: Freshness
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    products: tuple[ProductRow, ...]
    is_quiet: bool


TILES = (
    Shown("paid_amount", Kind.MONEY),
    Shown("orders_paid", Kind.COUNT),
    Shown("orders_placed", Kind.COUNT),
    Shown("payment_rate", Kind.RATE),
    Shown("buyers_paid", Kind.COUNT),
    Shown("amount_per_order", Kind.MONEY),
    Shown("amount_per_buyer", Kind.MONEY),
    Shown("refunded_amount", Kind.MONEY, is_better_low=True),
)
COLUMNS = (TILES[0], TILES[1], TILES[2], TILES[3], TILES[7])
"""The figures of the store table; the change shown beside them is that of the first."""
METRICS = tuple(shown.metric for shown in TILES)


def view_of(reading: Reading, words: Words) -> View:
    """Return what the page shows of a reading."""
    texts = words.texts
    stores = {store.store_id: store for store in reading.stores}
    every = reading.totals.values()
    return View(
        freshness=freshness_of(reading, texts),
        sections=tuple(_section(reading, currency, words) for currency in sorted(reading.totals)),
        rows=tuple(
            _row(store, reading.by_store[store.store_id], texts) for store in reading.stores
        ),
        products=_products(reading.products, stores, texts),
        is_quiet=not any(
            one.now.get(metric) for one in every for metric in ("orders_placed", "paid_amount")
        ),
    )


def written(value: Decimal | None, kind: Kind, currency: str) -> Amount:
    """Write a figure's value; a dash where it has none."""
    if value is None:
        return Amount(NO_VALUE)
    if kind is Kind.MONEY:
        return money(value, currency)
    return rate(value) if kind is Kind.RATE else count(value)


def change_of(compared: Compared, shown: Shown, texts: Texts) -> Change:
    """Compare a figure with itself yesterday: in per cent, a rate in percentage points."""
    now, then = compared.now.get(shown.metric), compared.then.get(shown.metric)
    if now is None or then is None:
        return Change(NO_VALUE, Direction.NONE)
    if now == then:
        return Change(texts("unchanged"), Direction.FLAT)
    direction = Direction.UP if now > then else Direction.DOWN
    is_better = (now > then) is not shown.is_better_low
    if shown.kind is Kind.RATE:
        points = texts("points", value=signed((now - then) * 100, 2))
        return Change(points, direction, is_better)
    per_cent = growth(now, then)
    text = texts("no_comparison") if per_cent is None else f"{signed(per_cent, 1)}%"
    return Change(text, direction, is_better)


def freshness_of(reading: Reading, texts: Texts) -> Freshness:
    """Say until when the figures are whole, and whether the day goes on."""
    if reading.as_of is None:
        return Freshness(texts("never"), "", "never")
    calendars = {store.calendar for store in reading.stores}
    zone = next(iter(calendars)).timezone if len(calendars) == 1 else None
    text = texts("as_of", time=clock(reading.as_of, zone))
    age = int((reading.asked_at - reading.as_of).total_seconds())
    if reading.is_complete:
        return Freshness(text, texts("complete"), "complete")
    if age >= LATE_SECONDS:
        return Freshness(text, texts("late", seconds=age), "late")
    return Freshness(text, texts("open"), "open")


def _section(reading: Reading, currency: str, words: Words) -> Section:
    texts = words.texts
    compared = reading.totals[currency]
    number = sum(store.currency == currency for store in reading.stores)
    return Section(
        currency=currency,
        stores=texts("one_store") if number == 1 else texts("store_count", count=number),
        tiles=tuple(_tile(compared, shown, currency, words) for shown in TILES),
        chart=_chart(reading.hours[currency], currency),
    )


def _tile(compared: Compared, shown: Shown, currency: str, words: Words) -> Tile:
    then = written(compared.then.get(shown.metric), shown.kind, currency)
    return Tile(
        metric=shown.metric,
        title=words.names[shown.metric],
        value=written(compared.now.get(shown.metric), shown.kind, currency),
        was=words.texts("was", value=then),
        change=change_of(compared, shown, words.texts),
    )


def _chart(hours: tuple[HourOfDay, ...], currency: str) -> Chart:
    return Chart(
        labels=tuple(f"{hour.hour:02d}:00" for hour in hours),
        today=tuple(None if hour.today is None else f"{hour.today:f}" for hour in hours),
        yesterday=tuple(f"{hour.yesterday:f}" for hour in hours),
        currency=currency,
    )


def _row(store: KnownStore, compared: Compared, texts: Texts) -> Row:
    values = [compared.now.get(shown.metric) for shown in COLUMNS]
    first = COLUMNS[0]
    nothing = Decimal(-1)
    rise = growth(
        compared.now.get(first.metric, Decimal()), compared.then.get(first.metric, Decimal())
    )
    return Row(
        store_id=store.store_id,
        name=store.name,
        detail=store.platform,
        cells=tuple(
            written(value, shown.kind, store.currency)
            for value, shown in zip(values, COLUMNS, strict=True)
        ),
        change=change_of(compared, first, texts),
        sort=(
            store.name.casefold(),
            *(nothing if value is None else value for value in values),
            Decimal() if rise is None else rise,
        ),
    )


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
                name=product.sku or texts("no_product"),
                detail=store.name,
                amount=str(money(paid, store.currency)),
                units=texts("units", count=count(units)),
                share=max(0, int(paid * 100 / top)) if top > 0 else 0,
            )
        )
    return tuple(rows)
