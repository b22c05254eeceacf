"""Requests by route template, method and class of status."""

from prometheus_client import Counter, Histogram

_LABELS = ("route", "method", "status")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("http_requests_total", "Requests answered.", _LABELS)
DURATION = Histogram(
    "http_request_duration_seconds",
    "From the first byte of a request to the last of its answer.",
    _LABELS,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def count_request(route: str | None, method: str, status: int, seconds: float) -> None:
    """Count an answered request; `route` is the template, None where no route matched."""
    labels = (
        route or "unmatched",
        method if method in _METHODS else "other",
        f"{status // 100}xx",
    )
    REQUESTS.labels(*labels).inc()
    DURATION.labels(*labels).observe(seconds)
