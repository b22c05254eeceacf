"""Metrics of reporting's own."""

from prometheus_client import Counter, Gauge

RECONCILIATION_DRIFT = Gauge(
    "reconciliation_drift",
    "Hours of stores whose sums differ from what the owner's tables say",
    ["owner", "kind"],
)

FIGURE_REPAIRS = Counter(
    "figure_repairs_total", "Stores whose figures were made again, by what came of it", ["outcome"]
)

FIGURES_DISAGREEING = Gauge(
    "figures_disagreeing_days",
    "Days of stores on which the tables of figures contradict each other",
)

for _outcome in ("repaired", "unchanged", "trimmed", "failed"):
    FIGURE_REPAIRS.labels(_outcome)  # from zero on, so that the first one is an increase
