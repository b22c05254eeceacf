"""Histories of orders: what a source says of one order, snapshot after snapshot."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

T0 = datetime(2026, 11, 1, 4, tzinfo=UTC)

Snapshot = dict[str, Any]


def money(minor: int) -> str:
    return f"{minor / 100:.2f}"


class _History:
    """Builds snapshots; each tells everything so far, with a later time of its source."""

    def __init__(self, draw: st.DrawFn, kind: str) -> None:
        self.draw = draw
        self.minutes = 0
        self.snapshots: list[Snapshot] = []
        self.now: Snapshot = {
            "store_id": "s1",
            "external_id": "H-1",
            "kind": kind,
            "placed_at": self.time(),
            "payments": [],
            "shipments": [],
            "refunds": [],
        }

    def time(self) -> str:
        self.minutes += self.draw(st.integers(1, 2000))
        return (T0 + timedelta(minutes=self.minutes)).isoformat()

    def tell(self) -> None:
        """Make a snapshot, or let this state pass untold."""
        if self.draw(st.booleans()):
            self.tell_surely()

    def tell_surely(self) -> None:
        lists = {
            name: [dict(entry) for entry in self.now[name]]
            for name in ("payments", "shipments", "refunds")
        }
        self.snapshots.append({**self.now, **lists, "source_updated_at": self.time()})

    def price(self) -> int:
        """Set lines and postage; return the total in minor units."""
        prices = self.draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=3))
        quantities = [self.draw(st.integers(1, 3)) for _ in prices]
        postage = self.draw(st.integers(0, 2000))
        self.now["lines"] = [
            {"sku": f"sku-{place}", "quantity": quantity, "unit_price": money(price)}
            for place, (price, quantity) in enumerate(zip(prices, quantities, strict=True))
        ]
        self.now["postage"] = money(postage)
        amounts = zip(prices, quantities, strict=True)
        return sum(price * quantity for price, quantity in amounts) + postage

    def pay(self, total: int) -> None:
        parts = [total]
        if self.now["kind"] == "presale" and total > 1:
            deposit = self.draw(st.integers(1, total - 1))
            parts = [deposit, total - deposit]
        for part in parts:
            self.now["payments"].append({"amount": money(part), "paid_at": self.time()})
            self.tell()

    def ship(self) -> None:
        lines = self.now["lines"]
        if len(lines) > 1 and self.draw(st.booleans()):
            self.parcel([{"line_no": 1, "quantity": lines[0]["quantity"]}])
        self.parcel(None)

    def parcel(self, lines: list[dict[str, int]] | None) -> None:
        number = len(self.now["shipments"]) + 1
        parcel = {"courier": "SF", "waybill": f"SF{number}", "shipped_at": self.time()}
        self.now["shipments"].append(parcel if lines is None else {**parcel, "lines": lines})
        self.tell()

    def refund(self, left: int) -> int:
        """Ask for some of what is left, and go some steps; return what is left then."""
        amount = self.draw(st.integers(1, left))
        refund = {"amount": money(amount), "requested_at": self.time()}
        self.now["refunds"].append(refund)
        self.tell()
        for step in ("approved_at", "paid_at"):
            if self.draw(st.booleans()):
                break
            refund[step] = self.time()
            self.tell()
        return left - amount


@st.composite
def histories(draw: st.DrawFn) -> list[Snapshot]:
    """The snapshots of one order's life, oldest first; the last one tells all of it."""
    history = _History(draw, draw(st.sampled_from(["normal", "presale", "cod"])))
    total = history.price()
    history.tell()
    while draw(st.integers(0, 2)) == 2:
        total = history.price()
        history.tell()
    end = draw(st.sampled_from(["open", "cancelled", "paid", "sent", "done"]))
    is_cod = history.now["kind"] == "cod"
    if end != "open" and not is_cod:
        history.pay(total)
    if end in {"sent", "done"}:
        history.ship()
    if end in {"paid", "done"} and is_cod:
        history.pay(total)
    if end == "done":
        history.now["delivered_at"] = history.time()
        history.tell()
        history.now["completed_at"] = history.time()
    if end == "cancelled":
        history.now["cancelled_at"] = history.time()
    left = total if history.now["payments"] else 0
    while left and draw(st.booleans()):
        left = history.refund(left)
    history.tell_surely()
    return history.snapshots


@st.composite
def arrivals(draw: st.DrawFn) -> list[Snapshot]:
    """A history as it may arrive: in any order, some of it again and again, the last one surely."""
    snapshots = draw(histories())
    places = draw(st.lists(st.integers(0, len(snapshots) - 1), max_size=8))
    return [snapshots[place] for place in draw(st.permutations([*places, len(snapshots) - 1]))]


def newest(snapshots: list[Snapshot]) -> Snapshot:
    """The snapshot that tells all."""
    return max(
        snapshots, key=lambda snapshot: datetime.fromisoformat(snapshot["source_updated_at"])
    )
