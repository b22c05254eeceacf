"""Freight: what a store's templates and surcharges ask for goods that go somewhere (O-T12)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.orders.domain.reaching import Courier, is_sf
from services.orders.domain.refusals import AmountInvalidError
from services.orders.domain.regions import Place, province_key
from shared.kernel.money import MoneyError, round_to_minor
from shared.kernel.refusals import ConflictError

PIECE, WEIGHT = "piece", "weight"
"""What a template counts: pieces, or grams."""

SF, REMOTE = "sf", "remote"
"""What is asked on top of a template."""


class FreightNotSetError(ConflictError):
    """The store has no freight template for these goods."""

    kind = "freight-not-set"


class NotDeliveredError(ConflictError):
    """The store's freight template does not deliver to this region."""

    kind = "not-delivered"


@dataclass(frozen=True, slots=True)
class Rate:
    """First units at a price, then each further step at another (首重续重); steps round up.

    Units are pieces or grams. Nothing is asked from so much money or so many pieces on (包邮).
    """

    first_units: int
    first_price: Decimal
    further_units: int
    further_price: Decimal
    free_from_minor: int | None = None
    free_from_pieces: int | None = None

    def further_steps(self, units: int) -> int:
        """Return how many steps stand beside the first."""
        return max(0, -((self.first_units - units) // self.further_units))

    def free_by(self, amount_minor: int, pieces: int) -> str | None:
        """Return the rule by which nothing is asked: amount, pieces, or None."""
        if self.free_from_minor is not None and amount_minor >= self.free_from_minor:
            return "amount"
        if self.free_from_pieces is not None and pieces >= self.free_from_pieces:
            return "pieces"
        return None


@dataclass(frozen=True, slots=True)
class Zone:
    """Provinces with one rate; without a rate nothing is delivered there."""

    name: str
    provinces: tuple[str, ...]
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class Template:
    """Freight of one kind of goods (运费模板); `default` holds outside of all zones.

    `default_weight_grams` is the weight of a piece of which nothing better is known.
    """

    name: str
    basis: str
    zones: tuple[Zone, ...]
    default: Zone
    default_weight_grams: int | None = None

    def zone_of(self, province: str | None) -> Zone:
        """Return the zone of a province."""
        if province is None:
            return self.default
        wanted = province_key(province)
        for zone in self.zones:
            if any(province_key(each) == wanted for each in zone.provinces):
                return zone
        return self.default


@dataclass(frozen=True, slots=True)
class Item:
    """Goods to be carried; `weight_grams` is that of all its pieces, None if nobody knows it."""

    sku: str | None
    quantity: int
    amount_minor: int
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a store has set of freight: its templates by name, and its couriers by key.

    `by_sku` has the templates of goods that do not go by the store's default.
    """

    templates: Mapping[str, Template] = field(default_factory=dict)
    by_sku: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    couriers: Mapping[str, Courier] = field(default_factory=dict)

    def template_of(self, sku: str | None) -> Template | None:
        """Return the template of goods, None if the store has none for them."""
        name = self.by_sku.get(sku or "", self.default)
        return None if name is None else self.templates.get(name)


@dataclass(frozen=True, slots=True)
class Surcharges:
    """What a store asks on top of its templates, once each (O-R10)."""

    sf_minor: int = 0
    remote_minor: int = 0
    remote_regions: tuple[str, ...] = ()

    def on(self, courier: str | None, province: str | None) -> dict[str, int]:
        """Return by kind what is asked on top where this courier goes there."""
        asked = {}
        if is_sf(courier):
            asked[SF] = self.sf_minor
        if province is not None:
            remote = {province_key(region) for region in self.remote_regions}
            if province_key(province) in remote:
                asked[REMOTE] = self.remote_minor
        return asked


@dataclass(frozen=True, slots=True)
class Part:
    """The freight of the goods of one template; `full_minor` leaves the free rule aside."""

    template: Template
    zone: Zone
    rate: Rate
    units: int
    full_minor: int
    free_by: str | None

    @property
    def due_minor(self) -> int:
        """What the buyer is to pay of it."""
        return 0 if self.free_by else self.full_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """What freight is asked, explained; surcharges hold where the rest is free too."""

    parts: tuple[Part, ...]
    surcharges: Mapping[str, int]

    @property
    def due_minor(self) -> int:
        """What the buyer is to pay."""
        return sum(part.due_minor for part in self.parts) + sum(self.surcharges.values())

    @property
    def full_minor(self) -> int:
        """What it were if nothing were free."""
        return sum(part.full_minor for part in self.parts) + sum(self.surcharges.values())


def quote(
    tariff: Tariff,
    items: Sequence[Item],
    place: Place,
    *,
    currency: str,
    surcharges: Mapping[str, int],
) -> Quote:
    """Return the freight of goods: those of each template together, each sum rounded once, half up.

    Raises `FreightNotSetError`, `NotDeliveredError`, `AmountInvalidError`.
    """
    groups: dict[str, list[Item]] = defaultdict(list)
    for number, item in enumerate(items):
        template = tariff.template_of(item.sku)
        if template is None:
            detail = f"The store has no freight template for {item.sku or 'goods without a SKU'}."
            raise FreightNotSetError(detail, pointer=f"/lines/{number}/sku")
        groups[template.name].append(item)
    parts = (_part(tariff.templates[name], each, place, currency) for name, each in groups.items())
    return Quote(tuple(parts), surcharges)


def _part(template: Template, items: Sequence[Item], place: Place, currency: str) -> Part:
    zone = template.zone_of(place.province)
    rate = zone.rate
    if rate is None:
        detail = f"Template {template.name} does not deliver to {place.province}."
        raise NotDeliveredError(detail, pointer="/province", template=template.name)
    units = units_of(template, items)
    price = rate.first_price + rate.further_steps(units) * rate.further_price
    try:
        full_minor = round_to_minor(price, currency)
    except MoneyError:
        raise AmountInvalidError("The freight is out of range.", pointer="/lines") from None
    amount, pieces = sum(item.amount_minor for item in items), _pieces(items)
    return Part(template, zone, rate, units, full_minor, rate.free_by(amount, pieces))


def units_of(template: Template, items: Iterable[Item]) -> int:
    """Return what a template counts of goods: pieces, or grams."""
    if template.basis == PIECE:
        return _pieces(items)
    each = template.default_weight_grams or 0
    return sum(
        each * item.quantity if item.weight_grams is None else item.weight_grams for item in items
    )


def _pieces(items: Iterable[Item]) -> int:
    return sum(item.quantity for item in items)
