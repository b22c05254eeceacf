"""`shopfleet up` as a person runs it: what it prints, what survives, what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shopfleet import calls
from shopfleet.client import Client
from shopfleet.local.leftovers import Identity, identify
from tests.support.eventually import eventually
from tests.support.postgres import scratch_folder

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0  # the promise, for a machine that does nothing else
PATIENCE_SECONDS = 240.0
STOP_SECONDS = 60.0
SERVICES = ("directory", "orders", "promotion", "cs", "inventory", "reporting")
TRAPS = ROOT / "tests" / "shopfleet" / "data" / "tmall_traps.csv"

pytestmark = [pytest.mark.db, pytest.mark.kafka, pytest.mark.timeout(900)]


def environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SHOPFLEET_", "PYTHONDONTWRITE"))
    }
    return {**kept, "PYTHONPATH": str(ROOT)}


class Up:
    """One run of `shopfleet up` in a folder."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.lines: list[str] = []
        self._folder = folder
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shopfleet.cli", "up", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment(),
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
        self._process.stdout.close()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def addresses(self) -> dict[str, str]:
        found = (re.fullmatch(r"(\w+) (http://[\d.:]+)", line) for line in self.lines)
        return {match[1]: match[2] for match in found if match}

    @property
    def token(self) -> str:
        return next(line.removeprefix("token: ") for line in self.lines if "token: " in line)

    @property
    def child_pids(self) -> list[int]:
        """Everything it started, the engines too: their parent is it."""
        task = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        return [int(pid) for pid in Path(task).read_text().split()]

    async def ready(self) -> float:
        """Wait for the last line; return how long it took."""
        await eventually(
            lambda: any(line.startswith("token: ") for line in self.lines) or not self.is_running,
            within_seconds=PATIENCE_SECONDS,
        )
        assert self.is_running, self.output
        return time.monotonic() - self._began

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def client(self) -> Client:
        return Client(self.addresses, token=self.token)

    def end(self, number: signal.Signals) -> int:
        """Send a signal to it alone, as a terminal or a supervisor would; return the exit code."""
        if self.is_running:
            os.kill(self._process.pid, number)
        code = self._process.wait(STOP_SECONDS)
        self._listener.join()
        return code


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def count_orders(client: Client) -> int:
    return sum(1 for _ in client.iterate(calls.find_orders(limit=500)))


async def test_the_fleet_starts_survives_a_crash_is_killed_goes_on_and_stops(folder: Path) -> None:
    up = Up(folder, "--orders", "300", "--rate", "60")
    try:
        seconds = await up.ready()
        assert seconds < READY_SECONDS or is_busy_with_others()
        assert tuple(up.addresses) == SERVICES
        assert f"board {up.addresses['reporting']}/board" in up.lines
        with up.client() as client:
            assert count_orders(client) >= 300
            await eventually(lambda: count_orders(client) > 300, within_seconds=60)
        try_the_commands(folder)
        await let_a_service_crash(folder, up)
        assert "failure" not in up.output
        with up.client() as client:
            before = count_orders(client)
        killed = [identify(pid) for pid in up.child_pids]
    finally:
        up.end(signal.SIGKILL)

    ended = await go_on(folder, before, killed)

    assert len(ended) == len(SERVICES) + 2
    assert [identify(pid) for pid in ended] == [None] * len(ended)


def try_the_commands(folder: Path) -> None:
    """In the stack's folder a person needs neither address nor token."""
    assert shopfleet(folder, "store", "add", "mine", "--name", "Mine") == "mine created\n"
    assert "晚秋女装" in shopfleet(folder, "store", "list")
    told = shopfleet(folder, "import", "tmall_orders", str(TRAPS), "--store", "mine")
    assert told == "10 rows: 10 created\n"
    assert shopfleet(folder, "token", "--hours", "1").count(".") == 2
    told = shopfleet(folder, "dead-letters", "list", "--service", "reporting")
    assert told == "reporting has parked nothing\n"
    told = shopfleet(folder, "simulate", "--orders", "7", "--rate", "0", "--stores", "2")
    assert told == "a simulated day of 7 orders and 1 of the days before: 8 created\n"


def shopfleet(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "shopfleet.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        env={**environment(), "XDG_STATE_HOME": str(folder), "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def let_a_service_crash(folder: Path, up: Up) -> None:
    ready = f"{up.addresses['cs']}/readyz"
    (pid,) = (pid for pid in up.child_pids if "services.cs" in command_of(pid))
    os.kill(pid, signal.SIGKILL)

    await eventually(lambda: "starting cs again" in up.lines, within_seconds=60)

    await eventually(lambda: is_ready(ready), within_seconds=PATIENCE_SECONDS)
    assert (folder / ".shopfleet" / "logs" / "cs.log").exists()


async def go_on(folder: Path, before: int, killed: list[Identity | None]) -> list[int]:
    """Start again on what a killed run left, and stop; return what it had started."""
    again = Up(folder, "--rate", "60")
    try:
        await again.ready()
        with again.client() as client:
            assert count_orders(client) >= before > 300
        pids = again.child_pids
        assert not any(identify(each.pid) == each for each in killed if each is not None)
    finally:
        code = again.end(signal.SIGINT)
    assert code == 0, again.output
    assert "failure" not in again.output
    return pids


async def test_a_second_start_in_the_same_folder_is_refused(folder: Path) -> None:
    (folder / ".shopfleet").mkdir()
    from shopfleet.local.state import State

    with State(folder / ".shopfleet"):
        second = Up(folder)
        code = second.end(signal.SIGCONT)

    assert code == 2
    assert "runs already, as process" in second.output


def is_busy_with_others() -> bool:
    return os.getloadavg()[0] > 3 * (os.cpu_count() or 1)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
