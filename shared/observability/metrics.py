"""Metrics of the plumbing, each name once; labels are owners, readers and reasons, all bounded."""

from prometheus_client import Counter, Gauge, Histogram

LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)

event_log_pending = Gauge(
    "event_log_pending", "Committed events that are not yet acknowledged by Kafka", ["owner"]
)
event_log_oldest_age_seconds = Gauge(
    "event_log_oldest_age_seconds", "Age of the oldest event not yet acknowledged", ["owner"]
)
events_stated_total = Counter("events_stated_total", "Events given a number", ["owner"])
events_published_total = Counter(
    "events_published_total", "Events acknowledged by Kafka, repeats included", ["owner"]
)
publish_failures_total = Counter(
    "publish_failures_total", "Times the relay went back to its mark in doubt", ["owner"]
)
broker_losses_total = Counter(
    "broker_losses_total", "Partitions seen to have lost acknowledged events", ["owner"]
)
relay_leads = Gauge("relay_leads", "1 where this process leads the owner's relay", ["owner"])
log_stopped = Gauge(
    "log_stopped", "1 where a relay or reader stopped and wants a human", ["role", "owner"]
)

events_accepted_total = Counter(
    "events_accepted_total", "Events that took effect or were parked", ["reader", "owner", "way"]
)
events_repeated_total = Counter(
    "events_repeated_total", "Records below the position, dropped", ["reader", "owner"]
)
event_gaps_total = Counter(
    "event_gaps_total", "Records above the position, dropped", ["reader", "owner"]
)
events_foreign_total = Counter(
    "events_foreign_total", "Records of another log, or of nobody we know", ["reader", "owner"]
)
events_unknown_total = Counter(
    "events_unknown_total", "Accepted events of a type that is not in the catalogue", ["reader"]
)
guards_lost_total = Counter(
    "guards_lost_total", "Batches rolled back because another process moved on", ["reader"]
)
dead_letters = Gauge("dead_letters", "Parked events, held ones included", ["reader"])
dead_letters_parked_total = Counter(
    "dead_letters_parked_total", "Events parked", ["reader", "reason"]
)
consumer_lag_records = Gauge(
    "consumer_lag_records", "Events numbered and not yet taken by this reader", ["reader", "owner"]
)
consumer_lag_seconds = Gauge(
    "consumer_lag_seconds", "Age of the moment up to which a reader has all", ["reader", "owner"]
)
accept_to_visible_seconds = Histogram(
    "accept_to_visible_seconds",
    "From the owner's acceptance of an event to its committed effect",
    ["reader", "owner"],
    buckets=LATENCIES,
)
batch_seconds = Histogram(
    "batch_seconds", "Time to apply and commit one batch", ["reader"], buckets=LATENCIES
)
watermark_age_seconds = Gauge(
    "watermark_age_seconds", "Age of the owner's watermark that was passed last", ["owner"]
)
clock_runs_total = Counter("clock_runs_total", "Runs of what happens by the clock", ["clock"])
clock_failures_total = Counter("clock_failures_total", "Runs that failed", ["clock"])
clock_ran_timestamp_seconds = Gauge(
    "clock_ran_timestamp_seconds", "When a clock last ran whole or was not due yet", ["clock"]
)

webhook_attempts_total = Counter(
    "webhook_attempts_total", "Attempts to send a webhook, by outcome", ["owner", "outcome"]
)
webhook_oldest_undelivered_seconds = Gauge(
    "webhook_oldest_undelivered_seconds",
    "Age of the oldest event that an enabled endpoint is still to be sent",
    ["owner"],
)
webhook_endpoints_disabled = Gauge(
    "webhook_endpoints_disabled", "Endpoints that were given up, not those people paused", ["owner"]
)
webhook_messages_failed = Gauge(
    "webhook_messages_failed", "Messages whose retries ended without success", ["owner"]
)
