"""SKUs: what is bought, kept and sold, and bundles of them."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from services.inventory.domain.refusals import BundleInvalidError


@dataclass(frozen=True, slots=True)
class Component:
    """So many pieces of a SKU in one piece of a bundle."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What a source says of a SKU: `sku` is the merchant code, `item_number` unites its sizes."""

    sku: str
    item_number: str
    title: str
    size: str | None = None
    colour: str | None = None
    barcode: str | None = None
    category: str | None = None
    weight_grams: int | None = None
    components: tuple[Component, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """A SKU as it is kept: what was said of it last, and what its movements say."""

    goods: Goods
    version: int
    source_updated_at: datetime | None = None
    cost_minor: int | None = None
    currency: str | None = None
    first_received_at: datetime | None = None

    @property
    def is_bundle(self) -> bool:
        """Whether it is made of others, and has no stock of its own."""
        return bool(self.goods.components)


def parts_of(sku: Sku) -> tuple[Component, ...]:
    """Return what one piece takes off the shelf: the components of a bundle, else itself."""
    return sku.goods.components or (Component(sku.goods.sku, 1),)


def check_bundle(goods: Goods, known: Container[str], bundles: Container[str]) -> None:
    """Refuse a bundle that cannot be: `known` are all SKUs, `bundles` those that are bundles.

    Raises `BundleInvalidError`.
    """
    seen: set[str] = set()
    for place, component in enumerate(goods.components):
        pointer = f"/components/{place}/sku"
        if component.sku == goods.sku or component.sku in bundles:
            raise BundleInvalidError("A bundle holds no bundle.", pointer=pointer)
        if component.sku in seen:
            raise BundleInvalidError(f"{component.sku} is named twice.", pointer=pointer)
        if component.sku not in known:
            raise BundleInvalidError(f"{component.sku} is no SKU.", pointer=pointer)
        seen.add(component.sku)


def can_make(components: tuple[Component, ...], available: dict[str, int]) -> int:
    """Return how many pieces can be made of what is available; it may be below zero."""
    return min(available.get(part.sku, 0) // part.quantity for part in components)
