"""The same tests run on the embedded broker and on Apache Kafka, which has the cluster's on top."""

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT
from tests.support.kafka import kind_of_kafka

COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]


def collected(kind: str, session: pytest.Session) -> set[str]:
    """The ids of the tests that a session with this broker would run; this one knows its own."""
    if kind == kind_of_kafka() and is_whole(session.config):
        return {item.nodeid for item in session.items}
    environment = {**os.environ, "SHOPFLEET_TEST_KAFKA": kind}
    done = subprocess.run(
        COLLECT, capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    return {line for line in done.stdout.splitlines() if "::" in line}


def is_whole(config: pytest.Config) -> bool:
    """Whether a session was asked for every test there is."""
    whole = [ROOT / path for path in config.getini("testpaths")]
    is_chosen = config.option.markexpr or config.option.keyword
    return [ROOT / path for path in config.args] == whole and not is_chosen


@pytest.mark.timeout(240)
def test_apache_kafka_runs_every_test_and_those_of_the_cluster(
    request: pytest.FixtureRequest,
) -> None:
    embedded, apache = (collected(kind, request.session) for kind in ("embedded", "apache"))
    added = apache - embedded

    assert embedded
    assert embedded <= apache
    assert added
    assert all("cluster" in name.partition("::")[0] for name in added), added
