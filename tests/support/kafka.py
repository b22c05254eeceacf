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
    kind = os.environ.get("SHOPFLEET_TEST_KAFKA") or "embedded"
    with scratch_folder() as folder:
        if kind == "apache":
            with ApacheKafka(folder, nodes=1) as kafka:
                yield kafka.bootstrap
        elif kind == "embedded":
            with EmbeddedBroker(folder, port=None) as broker:
                yield broker.bootstrap
        else:
            raise ValueError(f"SHOPFLEET_TEST_KAFKA is `apache` or `embedded`, not {kind!r}")
