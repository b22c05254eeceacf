"""The one place that speaks to a Kafka-protocol broker."""
