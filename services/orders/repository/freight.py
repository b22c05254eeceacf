"""Freight templates and couriers of stores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.carriage import Carriage
from services.orders.domain.freight import Rate, Tariff, Template, Zone
from services.orders.domain.reaching import Courier, courier_key
from services.orders.domain.regions import Region

DEFAULT_ZONE = "default"

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('freight of ' || :store_id, 0))")
_TEMPLATES = text("""
    SELECT templates.*, ARRAY(
        SELECT sku FROM freight_skus AS goods
        WHERE (goods.store_id, goods.template) = (templates.store_id, templates.template)
        ORDER BY sku
    ) AS skus
    FROM freight_templates AS templates
    WHERE store_id = :store_id AND (CAST(:template AS text) IS NULL OR template = :template)
    ORDER BY template
""")
_PUT_TEMPLATE = text("""
    INSERT INTO freight_templates (store_id, template, basis, zones, default_rate,
                                   default_weight_grams, is_default, version)
    VALUES (:store_id, :template, :basis, :zones, :default_rate, :default_weight_grams,
            :is_default, :version)
    ON CONFLICT (store_id, template) DO UPDATE
    SET basis = EXCLUDED.basis, zones = EXCLUDED.zones, default_rate = EXCLUDED.default_rate,
        default_weight_grams = EXCLUDED.default_weight_grams, is_default = EXCLUDED.is_default,
        version = EXCLUDED.version, updated_at = now()
""").bindparams(
    bindparam("zones", type_=JSONB), bindparam("default_rate", type_=JSONB(none_as_null=True))
)
_DELETE_TEMPLATE = text(
    "DELETE FROM freight_templates WHERE store_id = :store_id AND template = :template"
)
_DELETE_SKUS = text("DELETE FROM freight_skus WHERE store_id = :store_id AND template = :template")
_PUT_SKUS = text("""
    INSERT INTO freight_skus (store_id, sku, template)
    SELECT :store_id, sku, :template FROM unnest(CAST(:skus AS text[])) AS given (sku)
""")
_TAKEN_SKUS = text("""
    SELECT sku, template FROM freight_skus
    WHERE store_id = :store_id AND sku = ANY(CAST(:skus AS text[])) AND template <> :template
    ORDER BY sku
""")
_COURIERS = text("""
    SELECT * FROM couriers
    WHERE store_id = :store_id AND (CAST(:key AS text) IS NULL OR courier_key = :key) ORDER BY name
""")
_PUT_COURIER = text("""
    INSERT INTO couriers (store_id, courier_key, name, reach, regions, version)
    VALUES (:store_id, :courier_key, :name, :reach, :regions, :version)
    ON CONFLICT (store_id, courier_key) DO UPDATE
    SET name = EXCLUDED.name, reach = EXCLUDED.reach, regions = EXCLUDED.regions,
        version = EXCLUDED.version, updated_at = now()
""").bindparams(bindparam("regions", type_=JSONB))
_DELETE_COURIER = text("DELETE FROM couriers WHERE store_id = :store_id AND courier_key = :key")
_TEMPLATES_OF_MANY = text("""
    SELECT * FROM freight_templates WHERE store_id = ANY(CAST(:stores AS text[]))
""")
_SKUS_OF_MANY = text("""
    SELECT store_id, sku, template FROM freight_skus
    JOIN unnest(CAST(:stores AS text[]), CAST(:skus AS text[])) AS wanted (store_id, sku)
         USING (store_id, sku)
""")
_COURIERS_OF_MANY = text("SELECT * FROM couriers WHERE store_id = ANY(CAST(:stores AS text[]))")


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """A template as it is stored; `skus` are its goods, None of the store's default."""

    template: Template
    skus: tuple[str, ...] | None
    version: int


@dataclass(frozen=True, slots=True)
class StoredCourier:
    """A courier as it is stored."""

    courier: Courier
    version: int


async def lock_freight(session: AsyncSession, store_id: str) -> None:
    """Let nobody else change the freight of a store until the transaction ends."""
    await session.execute(_LOCK, {"store_id": store_id})


async def templates_of(
    session: AsyncSession, store_id: str, template: str | None = None
) -> list[StoredTemplate]:
    """Return the templates of a store by name, or the one of this name."""
    values = {"store_id": store_id, "template": template}
    rows = (await session.execute(_TEMPLATES, values)).mappings()
    return [
        StoredTemplate(
            _template_of(row), None if row["is_default"] else tuple(row["skus"]), row["version"]
        )
        for row in rows
    ]


async def taken_skus(
    session: AsyncSession, store_id: str, template: str, skus: Sequence[str]
) -> dict[str, str]:
    """Return which of these goods go by another template, with its name."""
    values = {"store_id": store_id, "template": template, "skus": list(skus)}
    return {row[0]: row[1] for row in await session.execute(_TAKEN_SKUS, values)}


async def put_template(session: AsyncSession, store_id: str, stored: StoredTemplate) -> None:
    """Store a template and its goods, in place of what was there."""
    template = stored.template
    name = {"store_id": store_id, "template": template.name}
    values = {
        "basis": template.basis,
        "zones": msgspec.to_builtins(template.zones),
        "default_rate": msgspec.to_builtins(template.default.rate),
        "default_weight_grams": template.default_weight_grams,
        "is_default": stored.skus is None,
        "version": stored.version,
    }
    await session.execute(_PUT_TEMPLATE, {**name, **values})
    await session.execute(_DELETE_SKUS, name)
    await session.execute(_PUT_SKUS, {**name, "skus": list(stored.skus or ())})


async def delete_template(session: AsyncSession, store_id: str, template: str) -> None:
    """Delete a template; its goods have none then."""
    await session.execute(_DELETE_TEMPLATE, {"store_id": store_id, "template": template})


async def couriers_of(
    session: AsyncSession, store_id: str, name: str | None = None
) -> list[StoredCourier]:
    """Return the couriers of a store by name, or the one of this name in any spelling."""
    values = {"store_id": store_id, "key": None if name is None else courier_key(name)}
    rows = (await session.execute(_COURIERS, values)).mappings()
    return [StoredCourier(_courier_of(row), row["version"]) for row in rows]


async def put_courier(session: AsyncSession, store_id: str, stored: StoredCourier) -> None:
    """Store a courier in place of what was there."""
    courier = stored.courier
    values = {
        "store_id": store_id,
        "courier_key": courier_key(courier.name),
        "name": courier.name,
        "reach": courier.reach,
        "regions": msgspec.to_builtins(courier.regions),
        "version": stored.version,
    }
    await session.execute(_PUT_COURIER, values)


async def delete_courier(session: AsyncSession, store_id: str, name: str) -> None:
    """Delete a courier; it reaches every place then."""
    await session.execute(_DELETE_COURIER, {"store_id": store_id, "key": courier_key(name)})


async def load_tariffs(
    session: AsyncSession, goods: Iterable[tuple[str, str | None]]
) -> Mapping[str, Tariff]:
    """Return what the stores of these goods have set of freight, by store, in three statements.

    `goods` are stores with SKUs; of other goods' templates nothing is read.
    """
    wanted = sorted({(store_id, sku or "") for store_id, sku in goods})
    stores = {"stores": sorted({store_id for store_id, _ in wanted})}
    if not wanted:
        return {}
    templates: dict[str, dict[str, Template]] = defaultdict(dict)
    defaults: dict[str, str] = {}
    for row in (await session.execute(_TEMPLATES_OF_MANY, stores)).mappings():
        templates[row["store_id"]][row["template"]] = _template_of(row)
        if row["is_default"]:
            defaults[row["store_id"]] = row["template"]
    by_sku: dict[str, dict[str, str]] = defaultdict(dict)
    pairs = {"stores": [each[0] for each in wanted], "skus": [each[1] for each in wanted]}
    for store_id, sku, template in await session.execute(_SKUS_OF_MANY, pairs):
        by_sku[store_id][sku] = template
    couriers: dict[str, dict[str, Courier]] = defaultdict(dict)
    for row in (await session.execute(_COURIERS_OF_MANY, stores)).mappings():
        couriers[row["store_id"]][row["courier_key"]] = _courier_of(row)
    return {
        store_id: Tariff(
            templates[store_id], by_sku[store_id], defaults.get(store_id), couriers[store_id]
        )
        for store_id in stores["stores"]
    }


def _template_of(row: RowMapping) -> Template:
    return Template(
        row["template"],
        row["basis"],
        msgspec.convert(row["zones"], tuple[Zone, ...]),
        Zone(DEFAULT_ZONE, (), msgspec.convert(row["default_rate"], Rate | None)),
        row["default_weight_grams"],
    )


def _courier_of(row: RowMapping) -> Courier:
    regions: Any = row["regions"]
    return Courier(row["name"], row["reach"], msgspec.convert(regions, tuple[Region, ...]))


def carriage_of(row: RowMapping) -> Carriage:
    """Return what the row of an order keeps of its freight."""
    return Carriage(
        row["courier"],
        row["is_courier_fallback"],
        row["postage_due_minor"],
        row["waived_postage_minor"],
    )
