"""What this service counts."""

from prometheus_client import Counter

REFUSALS = Counter("inventory_refusals_total", "Rows and requests refused, by kind.", ["kind"])
