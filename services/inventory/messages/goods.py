"""SKUs as events."""

from datetime import datetime

from services.inventory.domain.goods import Sku
from shared.contracts.inventory_goods import Component, SkuStated


def sku_stated(sku: Sku, at: datetime) -> SkuStated:
    """Return the event of a SKU that was entered or changed, whole."""
    goods = sku.goods
    return SkuStated(
        occurred_at=at,
        source_updated_at=sku.source_updated_at,
        sku=goods.sku,
        item_number=goods.item_number,
        title=goods.title,
        size=goods.size,
        colour=goods.colour,
        barcode=goods.barcode,
        category=goods.category,
        components=[Component(sku=part.sku, quantity=part.quantity) for part in goods.components],
        is_active=goods.is_active,
        version=sku.version,
        cost_minor=sku.cost_minor,
        currency=sku.currency,
        first_received_at=sku.first_received_at,
    )
