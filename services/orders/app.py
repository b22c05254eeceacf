"""The wiring of this service."""

from services.orders.routes import changes, lists, rows
from services.orders.settings import OrdersSettings
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="orders",
    settings=OrdersSettings,
    routers=(rows.router, lists.router, changes.router),
    subscriptions=(registry_subscription("orders"),),
)
