"""The wiring of this service: it keeps the registry's replica, and states nothing yet."""

from services.inventory.settings import InventorySettings
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="inventory",
    settings=InventorySettings,
    subscriptions=(registry_subscription("inventory"),),
)
