"""The engines and processes of one machine: PostgreSQL and a Kafka-protocol broker from wheels."""
