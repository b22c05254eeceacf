"""Bodies and views of freight templates and couriers."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.orders.domain.freight import Rate, Template, Zone
from services.orders.domain.reaching import Courier
from services.orders.domain.regions import Region
from services.orders.schemas.incoming import Money
from services.orders.schemas.new_order import OrderBody, Quantity, Word
from shared.kernel.money import format_minor
from shared.web.bodies import NonNegativeMoney

TemplateName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
CourierName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[^\x00]*$"),
]
Units = Annotated[int, Field(ge=1, le=100_000_000)]
Price = Annotated[NonNegativeMoney, Field(le=Decimal(1_000_000), decimal_places=6)]
Free = Annotated[NonNegativeMoney, Field(gt=Decimal(0))]


class RateBody(OrderBody):
    """First units at a price, each further step at another; units are pieces or grams.

    Nothing is asked from `free_from_amount` or `free_from_pieces` on (包邮).
    """

    first_units: Units
    first_price: Price
    further_units: Units
    further_price: Price
    free_from_amount: Free | None = None
    free_from_pieces: Quantity | None = None


class ZoneBody(OrderBody):
    """Provinces with one rate; `rate` null: nothing is delivered there."""

    name: Word
    provinces: Annotated[list[Word], Field(min_length=1, max_length=100)]
    rate: RateBody | None


class TemplateBody(OrderBody):
    """A freight template; `default` holds outside of the zones, null: nothing is delivered there.

    `skus` are the goods it is for; without them it is the store's default. A template by weight
    says what a piece weighs of which nothing better is known.
    """

    basis: Literal["piece", "weight"]
    zones: Annotated[list[ZoneBody], Field(max_length=50)] = Field(default_factory=list)
    default: RateBody | None
    skus: Annotated[list[Word], Field(min_length=1, max_length=5_000)] | None = None
    default_weight_grams: Units | None = None


class RegionBody(OrderBody):
    """A province, or one city of it."""

    province: Word
    city: Word | None = None


class CourierBody(OrderBody):
    """Where a courier delivers: in these regions only, or everywhere but there."""

    reach: Literal["only", "all_but"]
    regions: Annotated[list[RegionBody], Field(max_length=500)]


class RateView(BaseModel):
    """A rate as it is set."""

    first_units: int
    first_price: str
    further_units: int
    further_price: str
    free_from_amount: str | None
    free_from_pieces: int | None


class ZoneView(BaseModel):
    """A zone as it is set."""

    name: str
    provinces: list[str]
    rate: RateView | None


class TemplateView(BaseModel):
    """A template as it is set; `version` stands in the ETag too."""

    store_id: str
    template: str
    basis: str
    zones: list[ZoneView]
    default: RateView | None
    skus: list[str] | None
    default_weight_grams: int | None
    version: int


class RegionView(BaseModel):
    """A region as it is set."""

    province: str
    city: str | None


class CourierView(BaseModel):
    """A courier as it is set; `version` stands in the ETag too."""

    store_id: str
    courier: str
    reach: str
    regions: list[RegionView]
    version: int


def template_of(name: str, body: TemplateBody, currency: str) -> Template:
    """Return a template as the rules see it; raises `AmountInvalidError`."""
    money = Money(currency)
    zones = (
        Zone(
            each.name,
            tuple(each.provinces),
            _rate_of(each.rate, money, f"/zones/{place}/rate"),
        )
        for place, each in enumerate(body.zones)
    )
    default = Zone("default", (), _rate_of(body.default, money, "/default"))
    return Template(name, body.basis, tuple(zones), default, body.default_weight_grams)


def _rate_of(body: RateBody | None, money: Money, pointer: str) -> Rate | None:
    if body is None:
        return None
    free = body.free_from_amount
    return Rate(
        body.first_units,
        body.first_price,
        body.further_units,
        body.further_price,
        None if free is None else money.minor(free, f"{pointer}/free_from_amount"),
        body.free_from_pieces,
    )


def courier_of(name: str, body: CourierBody) -> Courier:
    """Return a courier as the rules see it."""
    regions = tuple(Region(each.province, each.city) for each in body.regions)
    return Courier(name, body.reach, regions)


def template_view(
    store_id: str, template: Template, skus: tuple[str, ...] | None, version: int, *, currency: str
) -> TemplateView:
    """Return a template as it is shown."""
    return TemplateView(
        store_id=store_id,
        template=template.name,
        basis=template.basis,
        zones=[
            ZoneView(
                name=zone.name,
                provinces=list(zone.provinces),
                rate=_rate_view(zone.rate, currency),
            )
            for zone in template.zones
        ],
        default=_rate_view(template.default.rate, currency),
        skus=None if skus is None else list(skus),
        default_weight_grams=template.default_weight_grams,
        version=version,
    )


def _rate_view(rate: Rate | None, currency: str) -> RateView | None:
    if rate is None:
        return None
    free = rate.free_from_minor
    return RateView(
        first_units=rate.first_units,
        first_price=f"{rate.first_price:f}",
        further_units=rate.further_units,
        further_price=f"{rate.further_price:f}",
        free_from_amount=None if free is None else format_minor(free, currency),
        free_from_pieces=rate.free_from_pieces,
    )


def courier_view(store_id: str, courier: Courier, version: int) -> CourierView:
    """Return a courier as it is shown."""
    return CourierView(
        store_id=store_id,
        courier=courier.name,
        reach=courier.reach,
        regions=[RegionView(province=each.province, city=each.city) for each in courier.regions],
        version=version,
    )
