"""The wiring of this service: it keeps the registry's replica, and states nothing yet."""

from services.cs.settings import CsSettings
from shared.registry.subscription import registry_subscription
from shared.runtime import Service

SERVICE = Service(
    name="cs",
    settings=CsSettings,
    subscriptions=(registry_subscription("cs"),),
)
