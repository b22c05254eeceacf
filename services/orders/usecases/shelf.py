"""Orders with their parcels, locked together with all orders that share one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.parcels import Parcel, by_order
from services.orders.repository.parcels import parcels_of
from services.orders.repository.stored import StoredOrder, lock_by_ids
from services.orders.usecases.receiving import BusyError


@dataclass(frozen=True, slots=True)
class Shelf:
    """Locked orders by id, and by order the parcels it travels in."""

    stored: Mapping[str, StoredOrder]
    parcels: Mapping[str, list[Parcel]]


async def lock_shelf(session: AsyncSession, order_ids: Sequence[str]) -> Shelf:
    """Lock orders and those that share their parcels, in the order of their keys.

    Parcels are planned under the locks of their orders, so they stay as they are from here on.
    Raises `BusyError` if they were planned anew in between.
    """
    wanted = {*order_ids}
    wanted.update(each for parcel in await parcels_of(session, wanted) for each in parcel.order_ids)
    stored = await lock_by_ids(session, sorted(wanted))
    parcels = by_order(await parcels_of(session, wanted))
    if not wanted.issuperset(parcels):
        raise BusyError("Parcels of these orders are being planned; repeat the request.")
    return Shelf(stored, parcels)
