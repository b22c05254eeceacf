"""The ledger: what owners accepted against what is reported, parked and pending, by kind."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.books import FIGURES, MONEY, STORES, Books, Cell
from shopfleet.prove.drafts import Json

OWNER = "orders"
REPORTING_READER = "reporting"
POLL_SECONDS = 0.2
FIGURE_OF_KIND = {
    "orders.order_placed.v1": "orders_placed",
    "orders.order_paid.v1": "orders_paid",
    "orders.refund_requested.v1": "refunds_requested",
    "orders.refund_approved.v1": "refunds_approved",
    "orders.refund_paid.v1": "refunds",
}
"""The figure that counts the events of a kind one by one."""

Reported = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of one owner's events; the two sides were counted from different databases."""

    owner: str
    kind: str
    accepted: int
    reported: int
    parked: int
    pending: int

    @property
    def is_even(self) -> bool:
        """Whether nothing is lost and nothing counted twice."""
        return self.accepted == self.reported + self.parked + self.pending


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the owner's log goes and how far reporting says it is."""

    heads: Mapping[str, int]
    """The last number of every partition."""
    taken: int
    is_numbered: bool
    """Whether every committed event has its number."""

    @property
    def numbered(self) -> int:
        """How many events the log holds."""
        return sum(self.heads.values())

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way."""
        return self.is_numbered and self.taken == self.numbered


async def wait_for_quiet(client: AsyncClient, *, within_seconds: float) -> Standing:
    """Wait until reporting has taken all that was accepted, or the time is up."""
    deadline = time.monotonic() + within_seconds
    standing = await read_standing(client)
    while not standing.is_quiet and time.monotonic() < deadline:
        await asyncio.sleep(POLL_SECONDS)
        standing = await read_standing(client)
    return standing


async def read_standing(client: AsyncClient) -> Standing:
    """Ask the owner for its heads and for what its readers have stated."""
    readers: Any = await client.send(calls.get(OWNER, f"/v1/feeds/{OWNER}/readers"))
    heads = await client.send(calls.get(OWNER, f"/v1/feeds/{OWNER}/heads"))
    taken = sum(one["taken"] for one in readers if one["reader"] == REPORTING_READER)
    return Standing(heads["sequences"], taken, heads["at"] is not None)


async def accepted_by_kind(client: AsyncClient, heads: Mapping[str, int]) -> Counter[str]:
    """Count the owner's log by the type of event, up to these heads.

    Probes and digests go on while nobody places an order: what comes later is of no account.
    """
    found: Counter[str] = Counter()
    for partition, head in heads.items():
        after = 0
        while after < head:
            call = calls.get(OWNER, f"/v1/feeds/{OWNER}", partition=partition, after=after)
            events = (await client.send(call))["events"]
            found.update(event["type"] for event in events[: head - after])
            after += len(events)
            if not events:
                break
    return found


async def parked_by_kind(client: AsyncClient) -> Counter[str]:
    """Count what reporting set aside."""
    found: Counter[str] = Counter()
    after: int | None = 0
    while after is not None:
        path = "/v1/dead-letters/reporting"
        call = calls.get("reporting", path, reader=REPORTING_READER, after=after, limit=1000)
        page = await client.send(call)
        found.update(letter["type"] for letter in page["items"])
        after = page["next_after"]
    return found


async def read_figures(client: AsyncClient, days: list[date]) -> Reported:
    """Ask reporting for every figure of every store and day; figures of 0 are left out."""
    if not days:
        return {}
    digits = {store.store_id: store.digits for store in STORES}
    answer = await client.send(
        calls.find_kpis(
            **{"from": days[0] - timedelta(days=2), "to": days[-1] + timedelta(days=3)},
            stores=list(digits),
            grain="day",
            metrics=FIGURES,
        )
    )
    return {
        cell: value
        for row in answer["rows"]
        for cell, value in _cells_of(row, digits[row["store_id"]])
        if value
    }


def _cells_of(row: Json, digits: int) -> list[tuple[Cell, int]]:
    day = date.fromisoformat(row["bucket"])
    return [
        (Cell(row["store_id"], day, figure), _minor(figure, row["values"][figure], digits))
        for figure in FIGURES
    ]


def _minor(figure: str, told: Json, digits: int) -> int:
    if figure not in MONEY:
        return int(told["value"])
    whole, _, part = str(told["value"]).partition(".")
    return int(whole + part.ljust(digits, "0"))


def entries_of(
    accepted: Counter[str], parked: Counter[str], reported: Reported, standing: Standing
) -> list[Entry]:
    """Return the ledger: kinds that a figure counts one by one, then the whole log."""
    counted: Counter[str] = Counter()
    for cell, value in reported.items():
        counted[cell.figure] += value
    entries = [
        Entry(OWNER, kind, accepted[kind], counted[figure], parked[kind], 0)
        for kind, figure in FIGURE_OF_KIND.items()
    ]
    away = sum(parked.values())
    pending = standing.numbered - standing.taken
    total = Entry(OWNER, "all", accepted.total(), standing.taken - away, away, pending)
    return [*entries, total]


def differences(books: Books, reported: Reported) -> list[str]:
    """Return where reporting's figures are not what the client was answered."""
    expected = {cell: value for cell, value in books.cells.items() if value}
    return [
        f"{cell.store_id} {cell.day} {cell.figure}: "
        f"{_shown(cell, reported)} reported, {_shown(cell, expected)} acknowledged"
        for cell in sorted(expected.keys() | reported.keys())
        if expected.get(cell, 0) != reported.get(cell, 0)
    ]


def _shown(cell: Cell, side: Reported) -> str:
    value = side.get(cell, 0)
    if cell.figure not in MONEY:
        return str(value)
    return next(store.amount(value) for store in STORES if store.store_id == cell.store_id)
