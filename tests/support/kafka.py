"""The Kafka broker of a test session: embedded, Apache Kafka, or the cluster of SHOPFLEET_KAFKA."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from shopfleet.local.broker import EmbeddedBroker
from tests.support.apache_kafka import ApacheKafka
from tests.support.postgres import scratch_folder


@contextmanager
def running_kafka() -> Iterator[str]:
    """Give `host:port`; a broker that was started for it stops at the end.

    SHOPFLEET_TEST_KAFKA chooses: `apache` is one node of Apache Kafka, `embedded` the default.
    """
    bootstrap = os.environ.get("SHOPFLEET_KAFKA")
    if bootstrap:
        yield bootstrap
        return
    with scratch_folder() as folder:
        if kind_of_kafka() == "apache":
            with ApacheKafka(folder, nodes=1) as kafka:
                yield kafka.bootstrap
        else:
            with EmbeddedBroker(folder, port=None) as broker:
                yield broker.bootstrap


def kind_of_kafka() -> str:
    """Return what SHOPFLEET_TEST_KAFKA chooses: `embedded` or `apache`."""
    kind = os.environ.get("SHOPFLEET_TEST_KAFKA") or "embedded"
    if kind not in {"embedded", "apache"}:
        raise ValueError(f"SHOPFLEET_TEST_KAFKA is `apache` or `embedded`, not {kind!r}")
    return kind
