"""The same tests run on the embedded broker and on Apache Kafka, which has the cluster's on top."""

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]


def collected(kind: str) -> set[str]:
    """The ids of the tests that a session with this broker would run."""
    environment = {**os.environ, "SHOPFLEET_TEST_KAFKA": kind}
    done = subprocess.run(
        COLLECT, capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    return {line for line in done.stdout.splitlines() if "::" in line}


@pytest.mark.timeout(240)
def test_apache_kafka_runs_every_test_and_those_of_the_cluster() -> None:
    embedded, apache = collected("embedded"), collected("apache")
    added = apache - embedded

    assert embedded
    assert embedded <= apache
    assert added
    assert all("cluster" in name.partition("::")[0] for name in added), added
