"""Where goods go: one province and one city, however their sources spell them."""

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

_OF_PROVINCES = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "省",
    "市",
)
_OF_CITIES = ("市",)
_SHORTEST = 2
"""What is left of a name has at least so many signs: 市 alone is no ending."""


def province_key(name: str) -> str:
    """Return what all spellings of a province share: 新疆 for 新疆维吾尔自治区, 广东 for 广东省."""
    return _stem(name, _OF_PROVINCES)


def city_key(name: str) -> str:
    """Return what all spellings of a city share: 南宁 for 南宁市."""
    return _stem(name, _OF_CITIES)


def _stem(name: str, endings: tuple[str, ...]) -> str:
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    for ending in endings:
        if plain.endswith(ending) and len(plain) >= len(ending) + _SHORTEST:
            return plain.removesuffix(ending)
    return plain


class Place(NamedTuple):
    """Where an order goes, as far as its source tells."""

    province: str | None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A province, or one city of it."""

    province: str
    city: str | None = None

    def holds(self, place: Place) -> bool | None:
        """Say whether a place lies in it; None where too little of the place is known."""
        if place.province is None:
            return None
        if province_key(place.province) != province_key(self.province):
            return False
        if self.city is None:
            return True
        return None if place.city is None else city_key(place.city) == city_key(self.city)
