"""The reader `registry`, by which every service but directory keeps the replica."""

from shared.log.appliers import Handlers
from shared.log.reader import Subscription
from shared.registry.replica import REGISTRY_HANDLERS

REGISTRY_SUBSCRIPTION = Subscription("registry", ("directory",), Handlers(REGISTRY_HANDLERS))
"""What directory states, taken into the replica."""
