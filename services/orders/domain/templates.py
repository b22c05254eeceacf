"""What a freight template must be before it is taken."""

from collections.abc import Mapping, Sequence

from services.orders.domain.freight import WEIGHT, Template
from services.orders.domain.regions import province_key
from shared.kernel.refusals import ConflictError, InvalidError, NotFoundError


class TemplateUnknownError(NotFoundError):
    """The store has no such freight template."""

    kind = "freight-template-unknown"


class TemplateInvalidError(InvalidError):
    """A freight template that says something twice, or not at all."""

    kind = "freight-template-invalid"


class TemplateOverlapError(ConflictError):
    """The store has another freight template for the same goods, or another default."""

    kind = "freight-template-overlap"


def check_template(template: Template, skus: Sequence[str] | None) -> None:
    """Raise `TemplateInvalidError` unless each province and SKU stands in it once."""
    if template.basis == WEIGHT and template.default_weight_grams is None:
        detail = "A template by weight says what a piece weighs of which nothing is known."
        raise TemplateInvalidError(detail, pointer="/default_weight_grams")
    seen: set[str] = set()
    for number, zone in enumerate(template.zones):
        for place, province in enumerate(zone.provinces):
            key = province_key(province)
            if key in seen:
                pointer = f"/zones/{number}/provinces/{place}"
                raise TemplateInvalidError(f"{province} stands here twice.", pointer=pointer)
            seen.add(key)
    known: set[str] = set()
    for place, sku in enumerate(skus or ()):
        if sku in known:
            raise TemplateInvalidError(f"{sku} stands here twice.", pointer=f"/skus/{place}")
        known.add(sku)


def demand_alone(
    skus: Sequence[str] | None, *, taken: Mapping[str, str], defaults: Sequence[str]
) -> None:
    """Raise `TemplateOverlapError` if goods have a template already, or the store its default.

    `taken` are SKUs with their other templates, `defaults` the other templates that are default.
    """
    for place, sku in enumerate(skus or ()):
        if sku in taken:
            detail = f"{sku} goes by the template {taken[sku]}."
            raise TemplateOverlapError(detail, pointer=f"/skus/{place}", template=taken[sku])
    if skus is None and defaults:
        detail = f"The store's default is the template {defaults[0]}; name the goods of this one."
        raise TemplateOverlapError(detail, pointer="/skus", template=defaults[0])
