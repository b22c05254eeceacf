"""The wiring of this service."""

from services.inventory.routes import goods, stock
from services.inventory.settings import InventorySettings
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="inventory",
    settings=InventorySettings,
    routers=(goods.router, stock.router),
    subscriptions=(registry_subscription("inventory"),),
)
