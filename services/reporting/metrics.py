"""Metrics of reporting's own."""

from prometheus_client import Gauge

RECONCILIATION_DRIFT = Gauge(
    "reconciliation_drift",
    "Hours of stores whose sums differ from what the owner's tables say",
    ["owner", "kind"],
)
