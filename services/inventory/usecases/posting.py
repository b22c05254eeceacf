"""Movements are posted: the one way in which stock changes by what a warehouse tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.goods import Sku
from services.inventory.domain.levels import Key
from services.inventory.domain.movements import (
    Entry,
    Movement,
    Told,
    check_movement,
    entries_of,
    keys_of,
    reversal_of,
)
from services.inventory.domain.refusals import (
    AlreadyCorrectedError,
    BundleHasNoStockError,
    MovementDiffersError,
    MovementUnknownError,
    SkuUnknownError,
    WarehouseUnknownError,
)
from services.inventory.domain.shelf import Shelf
from services.inventory.domain.warehouses import Warehouse
from services.inventory.repository.goods import find_skus
from services.inventory.repository.ledger import entries_to_correct, known_entries
from services.inventory.repository.warehouses import Warehouses, ensured_warehouses
from services.inventory.usecases.shelving import open_shelf, store_shelf
from shared.kernel.refusals import Refusal
from shared.web.callers import Caller

CREATED = "created"
UNCHANGED = "unchanged"


@dataclass(slots=True)
class Posted:
    """What became of a movement: `created` or `unchanged` with its rows, or why it was refused."""

    outcome: str | None = None
    entries: Sequence[Entry] = ()
    refusal: Refusal | None = None

    @property
    def movement_id(self) -> int | None:
        """The number of its first row."""
        return self.entries[0].movement_id if self.entries else None


@dataclass(slots=True)
class _Post:
    """A movement on its way into the ledger; `corrected` are the rows that it takes back."""

    movement: Movement
    posted: Posted = field(default_factory=Posted)
    corrected: Sequence[tuple[Entry, bool]] = ()

    def entries(self, shelf: Shelf) -> list[Entry]:
        if self.movement.kind is not Told.CORRECTION:
            return entries_of(self.movement)
        at_work = {entry.corrects for entry in shelf.entries}
        if any(
            done or entry.corrects or entry.movement_id in at_work for entry, done in self.corrected
        ):
            detail = "This movement was corrected already, or is a correction."
            raise AlreadyCorrectedError(detail, pointer="/corrects")
        return [
            reversal_of(entry, self.movement.origin, leg)
            for leg, (entry, _) in enumerate(self.corrected)
        ]


async def post_movements(
    session: AsyncSession, movements: Sequence[Movement], *, caller: Caller | None = None
) -> list[Posted]:
    """Post movements in their order and return what became of each; for any use case that moves.

    Levels are locked in the order of their keys, rows of the ledger written, levels updated and
    stated, all in the caller's transaction with a number of statements that does not grow with
    theirs. A movement that is known under its natural key is `unchanged`, or refused if it says
    something else. What the rules refuse leaves the others alone: a use case that wants all or
    nothing raises the first `refusal`. Rows of other tables are locked before. With a `caller`
    warehouses of stores that are not the caller's are unknown. Raises `StockBusyError`.
    """
    posts = [_Post(movement) for movement in movements]
    warehouses = await ensured_warehouses(session)
    visible = {name: each for name, each in warehouses.items() if sees(caller, each)}
    skus = await find_skus(session, {movement.key.sku for movement in movements})
    ids = [movement.corrects for movement in movements if movement.corrects is not None]
    corrected = await entries_to_correct(session, ids)
    for post in posts:
        post.corrected = corrected.get(post.movement.corrects or 0, ())
        _try_check(post, skus, visible)
    shelf = await open_shelf(session, _keys(posts))
    known = await known_entries(session, _natural_keys(posts))
    # what was corrected by others until the levels were ours is seen by a second look
    again = await entries_to_correct(session, ids)
    for post in posts:
        post.corrected = again.get(post.movement.corrects or 0, ())
        if post.posted.refusal is None:
            _post(post, shelf, known)
    await store_shelf(session, shelf, warehouses)
    return [post.posted for post in posts]


def sees(caller: Caller | None, warehouse: Warehouse) -> bool:
    """Say whether a warehouse is the caller's to see: one that serves all stores is everybody's."""
    return caller is None or warehouse.store_id is None or caller.may_see(warehouse.store_id)


def _keys(posts: Iterable[_Post]) -> set[Key]:
    found: set[Key] = set()
    for post in posts:
        if post.posted.refusal is not None:
            continue
        if post.movement.kind is Told.CORRECTION:
            found.update(entry.key for entry, _ in post.corrected)
        else:
            found.update(keys_of(post.movement))
    return found


def _natural_keys(posts: Iterable[_Post]) -> list[tuple[str, str]]:
    origins = (post.movement.origin for post in posts if post.posted.refusal is None)
    return [
        (origin.source, origin.external_id)
        for origin in origins
        if origin.source is not None and origin.external_id is not None
    ]


def _try_check(post: _Post, skus: Mapping[str, Sku], warehouses: Warehouses) -> None:
    try:
        check_movement(post.movement)
        if post.movement.kind is not Told.CORRECTION:
            _demand_known(post.movement, skus, warehouses)
        elif not post.corrected or any(
            entry.key.warehouse_id not in warehouses for entry, _ in post.corrected
        ):
            raise MovementUnknownError("There is no such movement.", pointer="/corrects")
    except Refusal as refusal:
        post.posted = Posted(refusal=refusal)


def _demand_known(movement: Movement, skus: Mapping[str, Sku], warehouses: Warehouses) -> None:
    for pointer, key in zip(("/warehouse_id", "/to_warehouse_id"), keys_of(movement), strict=False):
        if key.warehouse_id not in warehouses:
            raise WarehouseUnknownError(f"There is no {key.warehouse_id}.", pointer=pointer)
    sku = skus.get(movement.key.sku)
    if sku is None:
        raise SkuUnknownError(f"There is no SKU {movement.key.sku}.", pointer="/sku")
    if sku.is_bundle:
        detail = f"{movement.key.sku} is a bundle: move its components."
        raise BundleHasNoStockError(detail, pointer="/sku")


def _post(post: _Post, shelf: Shelf, known: Mapping[tuple[str, str], Sequence[Entry]]) -> None:
    origin = post.movement.origin
    earlier = known.get((origin.source or "", origin.external_id or ""))
    try:
        if earlier is not None:
            post.posted = _repeated(post.movement, earlier)
            return
        entries = post.entries(shelf)
        shelf.put(entries)
    except Refusal as refusal:
        post.posted = Posted(refusal=refusal)
    else:
        post.posted = Posted(CREATED, entries)


def _repeated(movement: Movement, earlier: Sequence[Entry]) -> Posted:
    if movement.kind is Told.CORRECTION:
        is_same = any(entry.corrects == movement.corrects for entry in earlier)
    else:
        is_same = _told(entries_of(movement)) == _told(earlier)
    if not is_same:
        detail = "This movement was told otherwise before; correct it by another one."
        raise MovementDiffersError(detail, pointer="/external_id")
    return Posted(UNCHANGED, earlier)


def _told(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    return [
        (entry.kind, entry.bucket, entry.key, entry.quantity, entry.origin.reference)
        for entry in entries
    ]
