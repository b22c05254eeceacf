"""Figures worked out anew from plain sums of cents, and held against what the API answers.

Nothing here imports the product: the formulas are written down a second time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Value = str | int | None
Figures = dict[str, Value]
Key = tuple[str, ...]


@dataclass(slots=True)
class Sums:
    """What happened in one bucket, money in cents."""

    placed: int = 0
    placed_cents: int = 0
    paid: int = 0
    paid_cents: int = 0
    refunds: int = 0
    refunded_cents: int = 0
    units_placed: int = 0
    units_paid: int = 0

    def add(self, **sums: int) -> None:
        for name, amount in sums.items():
            setattr(self, name, getattr(self, name) + amount)

    @classmethod
    def names(cls) -> set[str]:
        return {field.name for field in fields(cls)}


def money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def ratio(top: int, bottom: int) -> str | None:
    if bottom <= 0:
        return None
    exact = Decimal(top) / Decimal(bottom)
    return str(exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP))


def money_per(cents: int, count: int) -> str | None:
    if count <= 0:
        return None
    exact = Decimal(cents) / Decimal(count)
    return money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def sales_figures(sums: Sums) -> Figures:
    """What can be said of a bucket whatever is known of buyers and products."""
    return {
        "orders_placed": sums.placed,
        "placed_amount": money(sums.placed_cents),
        "orders_paid": sums.paid,
        "paid_amount": money(sums.paid_cents),
        "payment_rate": ratio(sums.paid, sums.placed),
        "amount_per_order": money_per(sums.paid_cents, sums.paid),
        "net_amount": money(sums.paid_cents - sums.refunded_cents),
        "refunds": sums.refunds,
        "refunded_amount": money(sums.refunded_cents),
        "refund_rate": ratio(sums.refunded_cents, sums.paid_cents),
        "refund_rate_orders": ratio(sums.refunds, sums.paid),
    }


def unit_figures(sums: Sums) -> Figures:
    """What can be said where products are known."""
    return {
        "units_placed": sums.units_placed,
        "units_paid": sums.units_paid,
        "amount_per_unit": money_per(sums.paid_cents, sums.units_paid),
        "units_per_order": ratio(sums.units_paid, sums.paid),
    }


def compare(
    expected: Mapping[Key, Figures],
    rows: Iterable[Mapping[str, Any]],
    key_of: Callable[[Mapping[str, Any]], Key],
) -> int:
    """Hold answered rows against expected ones; return how many values were compared.

    A row that nobody expects must be empty: zeros, and no value. One that is expected must be
    there. Equal means equal to the last digit.
    """
    answered = {key_of(row): {k: v["value"] for k, v in row["values"].items()} for row in rows}
    differences = []
    compared = 0
    for key, figures in expected.items():
        found = answered.pop(key, {})
        for name, value in figures.items():
            compared += 1
            if name not in found or found[name] != value:
                differences.append(f"{key} {name}: {found.get(name, 'missing')!r}, not {value!r}")
    for key, figures in answered.items():
        for name, value in figures.items():
            compared += 1
            if value not in {0, "0.00", None}:
                differences.append(f"{key} {name}: {value!r} where nothing happened")
    assert differences[:10] == [], f"{len(differences)} of {compared} values differ"
    return compared
