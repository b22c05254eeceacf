"""Two processes that start at the same moment are given different ports."""

import socket
import subprocess
import sys

import pytest

from shopfleet.local.ports import CHOICE, LOOPBACK, free_port, free_ports
from tests.architecture.tree import ROOT

HOLDER = """
import sys
from shopfleet.local.ports import free_port
print(free_port(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def port() -> int:
    """A port that nobody has and this process has not claimed."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        found: int = probe.getsockname()[1]
    return found


def holder(port: int) -> subprocess.Popen[str]:
    """Another process that asks for a port, says what it was given, and does not listen."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def told(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_port_given_to_another_process_is_not_given_again_until_it_ends(port: int) -> None:
    with holder(port) as first, holder(port) as second:
        given = {told(first), told(second)}
        ours = free_port(port)
        first.kill()
        second.kill()

    assert port in given
    assert len(given) == 2
    assert ours in CHOICE
    assert free_port(port) == port


def test_what_was_given_to_this_process_is_its_own(port: int) -> None:
    assert free_port(port) == free_port(port) == port
    assert port not in free_ports(50)


def test_a_port_on_which_somebody_listens_is_not_given() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()

        assert free_port(taken.getsockname()[1]) in CHOICE
