"""Random readings of the board, as a planner might answer them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from services.reporting.board.reading import (
    Compared,
    Figures,
    HourOfDay,
    KnownStore,
    Ranked,
    Reading,
)
from services.reporting.board.shown import SALES, Sheet, Shown
from services.reporting.domain.completeness import Completeness
from services.reporting.kpis.figures import Unit
from shared.kernel.buckets import StoreCalendar
from shared.kernel.money import exponent

NOON = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
CALENDARS = (StoreCalendar("Asia/Shanghai"), StoreCalendar("America/New_York", 4))
CURRENCIES = ("CNY", "USD", "JPY")
NAMES = ("云杉旗舰店", "Spruce <b>Outdoors</b>", "a & b", "", "ß", "{zh}")


def readings(sheet: Sheet = SALES) -> st.SearchStrategy[Reading]:
    """Readings of none to five stores; drawn from a seed, for their size."""
    return st.integers(0, 2**32).map(lambda seed: a_reading(Random(seed), sheet))


def a_reading(random: Random, sheet: Sheet) -> Reading:
    """One reading, the same for the same random numbers."""
    stores = tuple(
        KnownStore(f"s{number}", random.choice(NAMES), random.choice(["tmall", "x"]),
                   random.choice(CURRENCIES), random.choice(CALENDARS))
        for number in range(random.randint(0, 5))
    )  # fmt: skip
    currencies = sorted({store.currency for store in stores})
    return Reading(
        stores=stores,
        standing=Completeness(
            as_of=random.choice([None, NOON - timedelta(seconds=random.randint(0, 20))]),
            is_complete=random.random() < 0.5,
            is_open=random.random() < 0.5,
            parked=random.choice([0, 0, 3]),
        ),
        asked_at=NOON,
        totals={currency: _compared(random, currency, sheet.tiles) for currency in currencies},
        by_store={
            store.store_id: _compared(random, store.currency, sheet.columns) for store in stores
        },
        hours={
            currency: {shown.id: _hours(random, currency) for shown in sheet.charted}
            for currency in currencies
        },
        rankings={
            ranking.name: tuple(
                Ranked(
                    None if ranking.is_summed else store.store_id,
                    "other" if ranking.is_summed else f"SKU-{store.store_id}", store.currency,
                    {ranking.figure.id: _amount(random, store.currency),
                     ranking.beside.id: Decimal(1)},
                )
                for store in stores
            )
            for ranking in sheet.rankings
        },
    )  # fmt: skip


def _amount(random: Random, currency: str) -> Decimal:
    minor = random.choice([0, 1, 99, 100_000, random.randint(-(10**11), 10**13)])
    return Decimal(minor).scaleb(-exponent(currency))


def _figures(random: Random, currency: str, shown: tuple[Shown, ...]) -> Figures:
    values = {}
    for one in shown:
        if random.random() < 0.1:
            continue
        if one.figure.unit is Unit.MONEY:
            values[one.id] = _amount(random, currency)
        elif one.figure.unit is Unit.COUNT:
            values[one.id] = Decimal(random.choice([0, 1, random.randint(-9, 10**7)]))
        else:
            values[one.id] = Decimal(random.randint(0, 3_000_000)).scaleb(-6)
    return values


def _compared(random: Random, currency: str, shown: tuple[Shown, ...]) -> Compared:
    return Compared(*(_figures(random, currency, shown) for _ in range(4)))


def _hours(random: Random, currency: str) -> tuple[HourOfDay, ...]:
    begun = random.randint(0, 24)
    return tuple(
        HourOfDay(
            hour, _amount(random, currency) if hour < begun else None, _amount(random, currency)
        )
        for hour in range(24)
    )
