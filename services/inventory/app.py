"""The wiring of this service."""

from services.inventory.handlers import APPLIER, READER
from services.inventory.jobs import CLOCKS, workers
from services.inventory.routes import (
    goods,
    listings,
    repairs,
    reservations,
    returns,
    stock,
    timelines,
)
from services.inventory.settings import InventorySettings
from shared.log.reader import Subscription
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="inventory",
    settings=InventorySettings,
    routers=(
        goods.router,
        listings.router,
        stock.router,
        repairs.router,
        reservations.router,
        returns.router,
        timelines.router,
    ),
    subscriptions=(
        registry_subscription("inventory"),
        Subscription(READER, ("orders",), APPLIER),
    ),
    clocks=CLOCKS,
    workers=workers,
)
