"""Processes that a killed run left behind: known by pid and start time, so never a stranger's."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 5.0
POLL_SECONDS = 0.05
START_FIELD = 19
"""Of `/proc/PID/stat`, counted after the name in parentheses: the start in clock ticks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process it is: a pid alone may be another's by now."""

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """Return the identity of a running process; None if there is none."""
    started = _start_of(pid)
    return None if started is None else Identity(pid, started)


def end_leftover(found: Identity) -> bool:
    """Ask a process to stop, and kill it if it does not; False if it is not there any more."""
    if identify(found.pid) != found:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGCONT)
            os.kill(found.pid, number)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            if identify(found.pid) != found:
                return True
            time.sleep(POLL_SECONDS)
    return True


def _start_of(pid: int) -> str | None:
    stat = Path("/proc") / str(pid) / "stat"
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[START_FIELD]
    listing = subprocess.run(  # noqa: S603 - a number is the only word from outside
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip() or None
