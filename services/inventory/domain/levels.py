"""What there is of a SKU in a warehouse."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

_FINE = Decimal("0.0001")  # an average cost is kept finer than a minor unit


class Bucket(StrEnum):
    """Where pieces are counted; `reserved` ones are on hand too, promised to somebody."""

    ON_HAND = "on_hand"
    RESERVED = "reserved"
    QUARANTINE = "quarantine"
    IN_TRANSIT = "in_transit"


class Key(NamedTuple):
    """What has a level: levels are locked in the order of their keys."""

    warehouse_id: str
    sku: str


@dataclass(slots=True)
class Level:
    """Pieces of a SKU in a warehouse; `unit_cost` is the moving average in minor units.

    `safety_stock` is held back from sale; `version` grows with each change that is stated.
    """

    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    in_transit: int = 0
    safety_stock: int = 0
    unit_cost: Decimal | None = None
    version: int = 0

    @property
    def free(self) -> int:
        """What is promised to nobody; below zero more is promised than there is: oversold."""
        return self.on_hand - self.reserved

    @property
    def available(self) -> int:
        """What may be sold; it may be below zero and is shown so."""
        return self.on_hand - self.reserved - self.safety_stock

    def count(self, bucket: Bucket) -> int:
        """Return the pieces in a bucket."""
        number: int = getattr(self, bucket.value)
        return number

    def add(self, bucket: Bucket, quantity: int) -> None:
        """Add signed pieces to a bucket."""
        setattr(self, bucket.value, self.count(bucket) + quantity)

    def weigh_in(self, quantity: int, cost_minor: int) -> None:
        """Let so many new pieces of a total cost move the average.

        Pieces that are there at an unknown cost are taken to have cost the same.
        """
        unit = Decimal(cost_minor) / quantity
        there = max(self.on_hand, 0)
        if self.unit_cost is not None:
            unit = (self.unit_cost * there + cost_minor) / (there + quantity)
        self.unit_cost = unit.quantize(_FINE, ROUND_HALF_UP)

    def cost_of(self, quantity: int) -> int | None:
        """Return what so many pieces cost by the average, None if it is not known."""
        if self.unit_cost is None:
            return None
        return int((self.unit_cost * quantity).quantize(Decimal(1), ROUND_HALF_UP))
