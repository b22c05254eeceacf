"""Oversell forensics: the story of a SKU, and the first row that made it oversold."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel, ConfigDict, Field

from services.inventory.domain.forensics import Chapter, culprit, tell
from services.inventory.domain.levels import Key, Level
from services.inventory.domain.movements import Entry
from services.inventory.domain.refusals import SkuUnknownError
from services.inventory.repository.goods import find_skus
from services.inventory.repository.timelines import channels_of_sku, rows_of_sku
from services.inventory.schemas.parts import Shown, WarehouseId, Word
from services.inventory.usecases.warehouses import show_warehouses
from shared.kernel.clock import utc_now
from shared.web.bodies import Instant
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["stock"])

Reader = Annotated[Caller, Security(require("inventory:read"))]

DAYS = timedelta(days=30)
MOST = 5_000


class TimelineQuery(BaseModel):
    """Which part of the story: the last 30 days without a start; one warehouse or all."""

    model_config = ConfigDict(extra="forbid")

    warehouse_id: WarehouseId | None = None
    since: Instant | None = None
    until: Instant | None = None


class ChapterView(BaseModel):
    """A row of the ledger and the level after it, in the order rows were entered.

    `free` is on_hand - reserved: below zero more is promised than there is. `lag_seconds` is how
    long after it happened it was entered; a late one was not known to who sold meanwhile.
    """

    movement_id: int
    kind: str
    bucket: str
    warehouse_id: str
    quantity: int
    occurred_at: Shown
    booked_at: Shown
    lag_seconds: float
    is_late: bool
    on_hand: int
    reserved: int
    free: int
    quarantine: int
    in_transit: int
    is_first_oversold: bool
    store_id: str | None
    order_id: str | None
    reservation_id: str | None
    reference: str | None
    reason: str | None
    caller: str


class ChannelView(BaseModel):
    """What a store's listing was last told to show, and what its channel says it shows."""

    store_id: str
    item_id: str | None
    sellable: int
    told_at: Shown
    channel_quantity: int | None
    channel_reported_at: Shown | None
    channel_lag_seconds: float | None


class TimelineView(BaseModel):
    """The story of a SKU; `oversold_by` is the first row that made a level of it oversold.

    `is_cut` says that there are more rows than are shown: ask for a shorter time.
    """

    sku: str
    oversold_by: ChapterView | None
    chapters: Annotated[list[ChapterView], Field(max_length=MOST)]
    channels: list[ChannelView]
    is_cut: bool


@router.get("/v1/skus/{sku}/timeline")
async def show_timeline(
    sku: Word, query: Annotated[TimelineQuery, Query()], session: SessionDep, caller: Reader
) -> TimelineView:
    """Tell the story of a SKU, and name the first row that made it oversold (超卖)."""
    if sku not in await find_skus(session, [sku]):
        raise SkuUnknownError(f"There is no SKU {sku}.")
    visible = [each.warehouse_id for each in await show_warehouses(session, caller)]
    wanted = [name for name in visible if query.warehouse_id in {None, name}]
    until = query.until or utc_now() + timedelta(days=1)
    since = query.since or utc_now() - DAYS
    rows, levels = await rows_of_sku(session, sku, wanted, since=since, until=until, most=MOST + 1)
    chapters = _story(rows[:MOST], levels)
    first = culprit(chapters)
    channels = await channels_of_sku(session, sku, caller.limit(None))
    return TimelineView(
        sku=sku,
        oversold_by=None if first is None else _view(first),
        chapters=[_view(each) for each in chapters],
        channels=[_channel(**row) for row in channels],
        is_cut=len(rows) > MOST,
    )


def _story(rows: Sequence[tuple[Entry, datetime]], levels: dict[Key, Level]) -> list[Chapter]:
    by_key: defaultdict[Key, list[tuple[Entry, datetime]]] = defaultdict(list)
    for entry, booked_at in rows:
        by_key[entry.key].append((entry, booked_at))
    told = [
        chapter
        for key, of_key in by_key.items()
        for chapter in tell(of_key, levels.get(key, Level()))
    ]
    return sorted(told, key=lambda each: each.entry.movement_id or 0)


def _view(chapter: Chapter) -> ChapterView:
    entry, origin = chapter.entry, chapter.entry.origin
    return ChapterView(
        movement_id=entry.movement_id or 0,
        kind=entry.kind.value,
        bucket=entry.bucket.value,
        warehouse_id=entry.key.warehouse_id,
        quantity=entry.quantity,
        occurred_at=origin.occurred_at,
        booked_at=chapter.booked_at,
        lag_seconds=chapter.lag.total_seconds(),
        is_late=chapter.is_late,
        on_hand=chapter.on_hand,
        reserved=chapter.reserved,
        free=chapter.free,
        quarantine=chapter.quarantine,
        in_transit=chapter.in_transit,
        is_first_oversold=chapter.is_first_oversold,
        store_id=origin.store_id,
        order_id=origin.order_id,
        reservation_id=origin.reservation_id,
        reference=origin.reference,
        reason=origin.reason,
        caller=origin.caller,
    )


def _channel(
    *,
    store_id: str,
    item_id: str | None,
    sellable: int,
    channel_quantity: int | None,
    channel_reported_at: datetime | None,
    updated_at: datetime,
) -> ChannelView:
    lag = None
    if channel_reported_at is not None and channel_quantity != sellable:
        lag = max((channel_reported_at - updated_at).total_seconds(), 0.0)
    return ChannelView(
        store_id=store_id,
        item_id=item_id,
        sellable=sellable,
        told_at=updated_at,
        channel_quantity=channel_quantity,
        channel_reported_at=channel_reported_at,
        channel_lag_seconds=lag,
    )
