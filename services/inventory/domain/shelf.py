"""Levels at work: what was locked, the rows written so far, and what they made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.inventory.domain.levels import Bucket, Key, Level
from services.inventory.domain.movements import Entry, Kind
from services.inventory.domain.refusals import StockShortError


@dataclass(frozen=True, slots=True)
class Oversale:
    """A row after which more was promised than there was, where before it was not so."""

    entry: Entry
    units: int


@dataclass(slots=True)
class Terms:
    """How a store sells a SKU: `set_aside` is what is left for it alone, None shares.

    `reserve_on` None leaves it to the store's setting.
    """

    reserve_on: str | None = None
    set_aside: int | None = None


@dataclass(slots=True)
class Shelf:
    """Locked levels, and the rows of the ledger that change them in one transaction.

    Every change of a level goes through `put`, so the ledger and the levels can't disagree. `terms`
    has by SKU and store how stores sell these SKUs, and the bundles that hold one of them.
    """

    levels: dict[Key, Level]
    terms: dict[str, dict[str, Terms]] = field(default_factory=dict)
    changed_terms: set[tuple[str, str]] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    oversales: list[Oversale] = field(default_factory=list)
    before: dict[Key, int] = field(default_factory=dict)

    def available(self, key: Key) -> int:
        """Return what may be sold at a key; nothing where there is no level."""
        level = self.levels.get(key)
        return 0 if level is None else level.available

    def put(self, entries: Sequence[Entry]) -> None:
        """Write the rows of one movement, all or none.

        No bucket is taken below zero but by a fact that is forced; what is promised may come to
        exceed what there is: that is an oversale, and noted. Raises `StockShortError`.
        """
        for entry in entries:
            self._demand(entry)
        self._carry_cost(entries)
        for entry in entries:
            self._put(entry)

    def touch(self, key: Key) -> Level:
        """Return a level that is about to change, and remember what was available before."""
        level = self.levels[key]
        self.before.setdefault(key, level.available)
        return level

    def left_aside(self, store_id: str, sku: str) -> int | None:
        """Return what is left for a store alone, None where it shares."""
        terms = self.terms.get(sku, {}).get(store_id)
        return None if terms is None else terms.set_aside

    def others_aside(self, store_id: str, sku: str) -> int:
        """Return what is left for other stores alone."""
        stores = self.terms.get(sku, {})
        return sum(terms.set_aside or 0 for name, terms in stores.items() if name != store_id)

    def take_aside(self, store_id: str, sku: str, quantity: int) -> bool:
        """Take pieces out of what is left for a store alone; below zero give them back.

        Return whether anything is set aside for it.
        """
        terms = self.terms.get(sku, {}).get(store_id)
        if terms is None or terms.set_aside is None:
            return False
        terms.set_aside -= quantity
        self.changed_terms.add((store_id, sku))
        return True

    def changed(self) -> list[Key]:
        """Return the keys whose levels changed, in their order."""
        return sorted(self.before)

    def _demand(self, entry: Entry) -> None:
        if entry.quantity >= 0 or entry.is_forced:
            return
        there = self.levels[entry.key].count(entry.bucket)
        if there + entry.quantity < 0:
            raise StockShortError(
                f"There are {there} of {entry.key.sku} in {entry.key.warehouse_id}"
                f" ({entry.bucket}), {-entry.quantity} are to go.",
                pointer="/quantity",
                lines=[{"sku": entry.key.sku, "wanted": -entry.quantity, "available": there}],
            )

    def _carry_cost(self, entries: Sequence[Entry]) -> None:
        """Let goods on their way take their cost to where none is known."""
        if len(entries) == 2 and entries[0].key != entries[1].key:  # noqa: PLR2004 - a transfer
            origin, target = (self.levels[entry.key] for entry in entries)
            if target.unit_cost is None:
                target.unit_cost = origin.unit_cost

    def _put(self, entry: Entry) -> None:
        level = self.touch(entry.key)
        free = level.free
        if entry.bucket is not Bucket.RESERVED:
            _weigh(level, entry)
        level.add(entry.bucket, entry.quantity)
        self.entries.append(entry)
        if level.free < 0 <= free:
            self.oversales.append(Oversale(entry, -level.free))


def _weigh(level: Level, entry: Entry) -> None:
    """Move the average cost by what comes in at a price; give a row its cost where it has none."""
    if entry.cost_minor is None or entry.corrects is not None or entry.quantity < 0:
        entry.cost_minor = level.cost_of(abs(entry.quantity))
    elif entry.bucket is Bucket.ON_HAND and entry.kind in {Kind.RECEIVE, Kind.EXCHANGE_IN}:
        level.weigh_in(entry.quantity, entry.cost_minor)


def drift_of(kept: Mapping[Key, Level], summed: Mapping[Key, Level]) -> list[Key]:
    """Return the keys at which kept levels are not what the ledger says."""
    return sorted(
        key
        for key in {*kept, *summed}
        if _counts(kept.get(key, Level())) != _counts(summed.get(key, Level()))
    )


def _counts(level: Level) -> Iterable[int]:
    return tuple(level.count(bucket) for bucket in Bucket)
