"""What channels say they show is held against the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.refusals import ListingUnknownError
from services.inventory.messages.listings import channel_differed
from services.inventory.repository.items import lock_store_skus, note_reported
from shared.contracts.inventory_stock import ChannelStockDiffered
from shared.kernel.refusals import Refusal
from shared.log.writer import state
from shared.registry.stores import Store

TOLERANCE = "inventory.channel_difference_units"


@dataclass(frozen=True, slots=True)
class Report:
    """What a channel showed of a SKU at a moment."""

    store_id: str
    sku: str
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What became of a report, and what may be shown; or why it was refused."""

    outcome: str | None = None
    sellable: int | None = None
    refusal: Refusal | None = None


async def hear_channels(
    session: AsyncSession, reports: Sequence[Report], stores: Mapping[str, Store]
) -> list[ReportOutcome]:
    """Note what channels of known stores show, each of another listing; state what differs.

    A difference within the store's setting is none. The same report again is told once.
    """
    known = await lock_store_skus(session, [(each.store_id, each.sku) for each in reports])
    outcomes: list[ReportOutcome] = []
    noted: list[tuple[str, str, int, datetime]] = []
    for each in reports:
        row = known.get((each.store_id, each.sku))
        if row is None:
            detail = f"Store {each.store_id} lists no {each.sku}."
            outcomes.append(ReportOutcome(refusal=ListingUnknownError(detail, pointer="/sku")))
            continue
        earlier = row["channel_reported_at"]
        if earlier is not None and each.at < earlier:
            outcomes.append(ReportOutcome("stale", row["sellable"]))
            continue
        is_same = (row["channel_quantity"], earlier) == (each.quantity, each.at)
        outcomes.append(ReportOutcome("unchanged" if is_same else "updated", row["sellable"]))
        if is_same:
            continue
        noted.append((each.store_id, each.sku, each.quantity, each.at))
    await note_reported(session, noted)
    await state(session, *_differing(noted, known, stores))
    return outcomes


def _differing(
    noted: Sequence[tuple[str, str, int, datetime]],
    known: Mapping[tuple[str, str], RowMapping],
    stores: Mapping[str, Store],
) -> list[ChannelStockDiffered]:
    told = []
    for store_id, sku, quantity, at in noted:
        row, store = known[store_id, sku], stores[store_id]
        sellable = row["sellable"]
        if abs(quantity - sellable) > store.settings[TOLERANCE]:
            item_id = row["item_id"]
            told.append(
                channel_differed(store, sku, item_id, told=quantity, sellable=sellable, at=at)
            )
    return told
