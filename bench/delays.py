"""Delays, as two figures."""

from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Delays:
    """Milliseconds of the middle one and of all but one in a hundred."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Delays":
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(cuts[49] * 1000, cuts[98] * 1000)
