"""Couriers: where each of them delivers, and who goes where the chosen one does not (O-R8)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.orders.domain.regions import Place, Region
from shared.kernel.refusals import NotFoundError

ONLY, ALL_BUT = "only", "all_but"
"""How a courier's regions are meant: it delivers there alone, or everywhere else."""

_SF = "顺丰"


class CourierUnknownError(NotFoundError):
    """The store has no such courier."""

    kind = "courier-unknown"


@dataclass(frozen=True, slots=True)
class Courier:
    """A courier of a store, and where it delivers."""

    name: str
    reach: str
    regions: tuple[Region, ...]

    def reaches(self, place: Place) -> bool:
        """Say whether it delivers there; where too little of the place is known, it does."""
        found = {region.holds(place) for region in self.regions}
        if self.reach == ALL_BUT:
            return True not in found
        return True in found or None in found or place.province is None


class CourierChoice(NamedTuple):
    """Who carries an order; `missed` is who was meant to and does not reach the address."""

    courier: str | None
    missed: str | None = None

    @property
    def is_fallback(self) -> bool:
        """Say whether another was meant to carry it."""
        return self.missed is not None


def courier_key(name: str) -> str:
    """Return what all spellings of a courier share: 顺丰 for SF, 顺丰速运 and SF Express."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return _SF if plain.startswith(_SF) or plain.split()[:1] == ["sf"] else plain


def is_sf(name: str | None) -> bool:
    """Say whether a courier is SF Express, for which buyers pay a surcharge (O-R10)."""
    return name is not None and courier_key(name) == _SF


def choose_courier(
    wanted: str | None, fallback: str | None, couriers: Mapping[str, Courier], place: Place
) -> CourierChoice:
    """Return who carries an order: whom it is meant for, or the fallback where that one stops.

    `couriers` are the store's by `courier_key`; one that is not among them reaches every place.
    """
    known = None if wanted is None else couriers.get(courier_key(wanted))
    if wanted is None or known is None or known.reaches(place):
        return CourierChoice(wanted)
    if not fallback or courier_key(fallback) == courier_key(wanted):
        return CourierChoice(wanted)
    return CourierChoice(fallback, missed=wanted)
