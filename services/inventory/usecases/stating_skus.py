"""SKUs as sources state them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.goods import Goods, Sku, check_bundle
from services.inventory.domain.refusals import BarcodeTakenError
from services.inventory.messages.goods import sku_stated
from services.inventory.repository.goods import lock_skus, put_skus
from shared.audit import Change, differences, record_changes
from shared.kernel.refusals import Refusal
from shared.log.writer import state


@dataclass(frozen=True, slots=True)
class StatedSku:
    """What a source says of a SKU, and how new its word is."""

    goods: Goods
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SkuOutcome:
    """What became of it: created, updated, unchanged, stale, or why it was refused."""

    outcome: str | None = None
    refusal: Refusal | None = None


async def state_skus(
    session: AsyncSession, stated: Sequence[StatedSku], *, caller: str, now: datetime
) -> list[SkuOutcome]:
    """Bring SKUs, each another, to where their rows have them; return what became of each.

    The number of statements does not grow with the number of rows.
    """
    codes = {each.goods.sku for each in stated}
    parts = {part.sku for each in stated for part in each.goods.components}
    barcodes = {each.goods.barcode for each in stated if each.goods.barcode}
    stored = await lock_skus(session, codes | parts, barcodes)
    census = _Census(stored, stated)
    outcomes: list[SkuOutcome] = []
    written: list[Sku] = []
    for each in stated:
        before = stored.get(each.goods.sku)
        try:
            census.check(each.goods)
        except Refusal as refusal:
            outcomes.append(SkuOutcome(refusal=refusal))
            continue
        outcome, after = _decide(before, each)
        outcomes.append(SkuOutcome(outcome))
        if after is not None:
            census.take(each.goods)
            written.append(after)
    if written:
        await put_skus(session, written)
        await state(session, *(sku_stated(sku, now) for sku in written))
        changes = [_change(stored.get(sku.goods.sku), sku) for sku in written]
        await record_changes(session, caller=caller, changes=changes)
    return outcomes


class _Census:
    """All SKUs that a batch concerns, as they are and as its rows will have them."""

    def __init__(self, stored: Mapping[str, Sku], stated: Sequence[StatedSku]) -> None:
        self._goods = {sku: each.goods for sku, each in stored.items()}
        self._goods |= {each.goods.sku: each.goods for each in stated}
        self._barcodes = {
            each.goods.barcode: sku for sku, each in stored.items() if each.goods.barcode
        }

    def check(self, goods: Goods) -> None:
        """Raise `BundleInvalidError`, `BarcodeTakenError`."""
        bundles = {sku for sku, each in self._goods.items() if each.components}
        check_bundle(goods, self._goods, bundles)
        owner = self._barcodes.get(goods.barcode or "")
        if owner is not None and owner != goods.sku:
            detail = f"The barcode is that of {owner}."
            raise BarcodeTakenError(detail, pointer="/barcode", sku=owner)

    def take(self, goods: Goods) -> None:
        """Note what a row takes for itself."""
        if goods.barcode:
            self._barcodes[goods.barcode] = goods.sku


def _decide(before: Sku | None, stated: StatedSku) -> tuple[str, Sku | None]:
    told = stated.source_updated_at
    if before is None:
        return "created", Sku(goods=stated.goods, version=1, source_updated_at=told)
    known = before.source_updated_at
    if told is not None and known is not None and told < known:
        return "stale", None
    if before.goods == stated.goods:
        return "unchanged", None
    return "updated", replace(
        before,
        goods=stated.goods,
        version=before.version + 1,
        source_updated_at=told or known,
    )


def _change(before: Sku | None, after: Sku) -> Change:
    old = None if before is None else msgspec.to_builtins(before.goods)
    new = msgspec.to_builtins(after.goods)
    if old is None:
        return Change("sku.created", after.goods.sku, None, None, new)
    old, new = differences(old, new)
    return Change("sku.changed", after.goods.sku, None, old, new)
