"""The reader by which every service but directory keeps the registry's replica."""

from shared.log.reader import Subscription
from shared.registry.replica import Registry, discard_registry

WAIT_SECONDS = 0.5
"""The registry changes rarely, and a revoked key has a second to stop working."""


def registry_subscription(service: str) -> Subscription:
    """Return the subscription of a service to what directory states.

    The reader's name is a consumer group too, so each service has its own.
    """
    return Subscription(
        f"{service}-registry",
        ("directory",),
        Registry(),
        discard_registry,
        wait_seconds=WAIT_SECONDS,
    )
