"""The wiring of this service: it keeps the registry's replica, and states nothing yet."""

from services.promotion.settings import PromotionSettings
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="promotion",
    settings=PromotionSettings,
    subscriptions=(registry_subscription("promotion"),),
)
