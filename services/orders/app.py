"""The wiring of this service."""

from services.orders.routes import changes, lists, rows
from services.orders.settings import OrdersSettings
from shared.log.appliers import Handlers
from shared.log.reader import Subscription
from shared.registry.replica import REGISTRY_HANDLERS
from shared.runtime import Service

SERVICE = Service(
    name="orders",
    settings=OrdersSettings,
    routers=(rows.router, lists.router, changes.router),
    subscriptions=(Subscription("orders-registry", ("directory",), Handlers(REGISTRY_HANDLERS)),),
)
