"""Orders of the proof: what each costs, how it is paid and what goes back, from a seed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shopfleet.prove.books import Fact, ProvenStore

Json = dict[str, Any]

YOUNGEST = timedelta(hours=8)
"""So old are orders at least: all their later steps lie in the past too."""
OLDEST = timedelta(hours=70)
PROVINCES = ("Zhejiang", "Guangdong", "Hokkaido", "New York", None)


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A payment; the last one of an order pays it whole."""

    external_id: str
    minor: int
    at: datetime
    is_last: bool

    def facts(self) -> list[Fact]:
        """Return what it adds to the figures."""
        paid = [Fact("orders_paid", self.at, 1)] if self.is_last else []
        return [Fact("paid_amount", self.at, self.minor), *paid]


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """A refund with its three moments."""

    external_id: str
    minor: int
    requested_at: datetime
    approved_at: datetime
    paid_at: datetime

    def asked(self) -> list[Fact]:
        """Return what asking for it adds to the figures."""
        return [Fact("refunds_requested", self.requested_at, 1)]

    def approved(self) -> list[Fact]:
        """Return what agreeing to it adds."""
        return [Fact("refunds_approved", self.approved_at, 1)]

    def paid(self) -> list[Fact]:
        """Return what paying it adds."""
        return [Fact("refunds", self.paid_at, 1), Fact("refunded_amount", self.paid_at, self.minor)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order that was not sent yet."""

    store: ProvenStore
    external_id: str
    placed_at: datetime
    total_minor: int
    body: Json
    payments: tuple[PaymentDraft, ...]
    refund: RefundDraft | None

    def placed(self) -> list[Fact]:
        """Return what placing it adds to the figures."""
        money = Fact("placed_amount", self.placed_at, self.total_minor)
        return [Fact("orders_placed", self.placed_at, 1), money]

    def all_facts(self) -> list[Fact]:
        """Return all that the whole row adds."""
        found = self.placed()
        for payment in self.payments:
            found += payment.facts()
        if self.refund is not None:
            found += [*self.refund.asked(), *self.refund.approved(), *self.refund.paid()]
        return found

    def row(self) -> Json:
        """Return the order with its payments and refund, as a batch takes it."""
        row = {**self.body, "payments": [self.payment_body(one) for one in self.payments]}
        if self.refund is not None:
            later = {"approved_at": self.refund.approved_at, "paid_at": self.refund.paid_at}
            times = {name: at.isoformat() for name, at in later.items()}
            row["refunds"] = [{**self.refund_body(self.refund), **times}]
        return row

    def payment_body(self, payment: PaymentDraft) -> Json:
        """Return a payment as the API takes it."""
        return {
            "external_id": payment.external_id,
            "amount": self.store.amount(payment.minor),
            "paid_at": payment.at.isoformat(),
        }

    def refund_body(self, refund: RefundDraft) -> Json:
        """Return the asking for a refund as the API takes it."""
        return {
            "external_id": refund.external_id,
            "amount": self.store.amount(refund.minor),
            "requested_at": refund.requested_at.isoformat(),
        }


def draft_order(choose: random.Random, store: ProvenStore, number: int, now: datetime) -> Draft:
    """Return an order; the same random numbers give the same one."""
    placed_at = now - timedelta(seconds=choose.uniform(*_seconds(YOUNGEST, OLDEST)))
    lines = [_line(choose) for _ in range(choose.randint(1, 3))]
    postage = choose.choice((0, 0, 800))
    total = sum(_amount(line, store.digits) for line in lines) + postage
    body = {
        "store_id": store.store_id,
        "external_id": f"{store.store_id}-{number:06d}",
        "placed_at": placed_at.isoformat(),
        "lines": lines,
        "postage": store.amount(postage),
        "buyer": {
            "account": f"buyer-{choose.randrange(400)}",
            "province": choose.choice(PROVINCES),
        },
    }
    is_paid = choose.random() < 0.75  # noqa: PLR2004 - three of four pay
    payments = _payments(choose, total, placed_at) if is_paid and total else ()
    if len(payments) > 1:
        body["kind"] = "presale"
    has_refund = bool(payments) and choose.random() < 0.2  # noqa: PLR2004 - one of five
    return Draft(
        store=store,
        external_id=str(body["external_id"]),
        placed_at=placed_at,
        total_minor=total,
        body=body,
        payments=payments,
        refund=_refund(choose, total, payments[-1].at) if has_refund else None,
    )


def _line(choose: random.Random) -> Json:
    sku = choose.randrange(200)
    thousandths = choose.randint(1, 400_000)  # a unit price may be finer than its currency
    return {
        "sku": f"sku-{sku:03d}",
        "name": f"Article {sku}",
        "quantity": choose.randint(1, 4),
        "unit_price": f"{Decimal(thousandths).scaleb(-3)}",
    }


def _amount(line: Json, digits: int) -> int:
    exact = (Decimal(line["unit_price"]) * int(line["quantity"])).scaleb(digits)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _payments(choose: random.Random, total: int, placed_at: datetime) -> tuple[PaymentDraft, ...]:
    first = placed_at + timedelta(seconds=choose.randint(5, 3600))
    if total > 1 and choose.random() < 0.1:  # noqa: PLR2004 - a presale: deposit and rest
        deposit = choose.randint(1, total - 1)
        rest = first + timedelta(seconds=choose.randint(60, 7200))
        return (
            PaymentDraft("pay-1", deposit, first, is_last=False),
            PaymentDraft("pay-2", total - deposit, rest, is_last=True),
        )
    return (PaymentDraft("pay-1", total, first, is_last=True),)


def _refund(choose: random.Random, total: int, paid_at: datetime) -> RefundDraft:
    minor = total if choose.random() < 0.5 else choose.randint(1, total)  # noqa: PLR2004
    requested = paid_at + timedelta(seconds=choose.randint(60, 3600))
    approved = requested + timedelta(seconds=choose.randint(1, 3600))
    return RefundDraft(
        "ref-1", minor, requested, approved, approved + timedelta(seconds=choose.randint(1, 3600))
    )


def _seconds(*spans: timedelta) -> list[float]:
    return [span.total_seconds() for span in spans]
