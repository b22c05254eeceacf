"""What this service counts."""

from prometheus_client import Counter, Gauge

REFUSALS = Counter("inventory_refusals_total", "Rows and requests refused, by kind.", ["kind"])
WORKLIST = Gauge(
    "inventory_worklist_entries", "Entries on a working list, by store.", ["worklist", "store_id"]
)
DRIFT = Gauge(
    "inventory_drifted_levels",
    "Levels that are not the sums of their rows, or whose promises no reservation has.",
    ["against"],
)
