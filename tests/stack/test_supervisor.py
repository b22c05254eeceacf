"""Service processes: waited for, started again within bounds, stopped together."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shopfleet.local.leftovers import identify
from shopfleet.local.ports import free_ports
from shopfleet.local.processes import Program
from shopfleet.local.state import State
from shopfleet.local.supervisor import MAX_RESTARTS, StackFailedError, Supervisor
from tests.support.eventually import eventually

SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER
BROKEN = "import sys; print('no table named orders'); sys.exit(3)"


class House:
    """A supervisor in a folder, and what it said."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.said: list[str] = []
        self.supervisor = Supervisor(state, self.said.append)

    def program(self, code: str, *words: str) -> Program:
        return Program(
            command=[sys.executable, "-c", code, *words],
            log=self.state.logs / "service.log",
            environment=dict(os.environ),
        )

    def pid(self, name: str) -> int:
        return self.supervisor._children[name].process.pid


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with State(tmp_path) as state:
        house = House(state)
        yield house
        house.supervisor.hurry()
        await house.supervisor.stop()


async def test_services_are_waited_for_and_stopped(house: House) -> None:
    one, other = free_ports(2)
    house.supervisor.start(
        {"orders": house.program(SERVER, str(one)), "cs": house.program(SERVER, str(other))}
    )

    await house.supervisor.wait_until_ready(
        {"orders": f"http://127.0.0.1:{one}", "cs": f"http://127.0.0.1:{other}"}
    )
    pids = [house.pid("orders"), house.pid("cs")]
    await house.supervisor.stop()

    assert [identify(pid) for pid in pids] == [None, None]
    assert house.said == []


async def test_ctrl_c_in_the_terminal_does_not_reach_services(house: House) -> None:
    (port,) = free_ports(1)
    house.supervisor.start({"orders": house.program(SERVER, str(port))})

    assert os.getpgid(house.pid("orders")) != os.getpgid(0)


async def test_a_service_that_does_not_come_up_is_told_with_its_log(house: House) -> None:
    house.supervisor.start({"orders": house.program(BROKEN)})

    with pytest.raises(StackFailedError, match=r"(?s)orders ended with 3;.*no table named orders"):
        await house.supervisor.wait_until_ready({"orders": "http://127.0.0.1:9"})


async def test_a_service_that_ends_is_started_again(house: House) -> None:
    (port,) = free_ports(1)
    house.supervisor.start({"orders": house.program(SERVER, str(port))})
    address = {"orders": f"http://127.0.0.1:{port}"}
    await house.supervisor.wait_until_ready(address)
    first = house.pid("orders")

    os.kill(first, 9)
    await eventually(lambda: identify(first) is None)
    house.supervisor.revive()
    await house.supervisor.wait_until_ready(address)

    assert house.pid("orders") != first
    assert house.said[0].startswith("orders ended with -9;")
    assert house.said[0].endswith("starting orders again")


async def test_a_service_that_keeps_ending_ends_the_stack(house: House) -> None:
    house.supervisor.start({"orders": house.program(BROKEN)})

    def fails() -> str:
        try:
            house.supervisor.revive()
        except StackFailedError as error:
            return str(error)
        return ""

    told = await eventually(fails, within_seconds=30)

    assert told.endswith("started 5 times in vain")
    assert len(house.said) == MAX_RESTARTS


async def test_a_deaf_service_is_killed_after_its_grace(house: House) -> None:
    (port,) = free_ports(1)
    house.supervisor.start({"orders": house.program(DEAF, str(port))})
    await house.supervisor.wait_until_ready({"orders": f"http://127.0.0.1:{port}"})
    house.supervisor._grace_seconds = 0.2
    pid = house.pid("orders")

    await house.supervisor.stop()

    assert identify(pid) is None
    assert house.said == ["orders did not stop within 0.2 s and was killed"]
