"""The wiring of this service: it keeps the registry's replica, and states nothing yet."""

from services.promotion.settings import PromotionSettings
from shared.log.appliers import Handlers
from shared.log.reader import Subscription
from shared.registry.replica import REGISTRY_HANDLERS
from shared.runtime import Service

SERVICE = Service(
    name="promotion",
    settings=PromotionSettings,
    subscriptions=(
        Subscription("promotion-registry", ("directory",), Handlers(REGISTRY_HANDLERS)),
    ),
)
