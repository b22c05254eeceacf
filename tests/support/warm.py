"""Services that start in tenths of a second: forked by a process that has loaded everything.

They are processes of their own as `python -m services.X` is, which `tests/stack/test_up.py` starts
by its real command: only what an import does is done before.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from shopfleet.local.processes import Child, Program, plain_environment, rotate
from tests.support import nursery

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.005


class Nursery:
    """The process that forks, one for this process; it may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", nursery.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                env={**plain_environment(), "PYTHONPATH": str(ROOT)},
            )
        self._lines = self._socket.makefile("rw", encoding="utf-8")

    def ask(self, question: str, asked: Any) -> Any:
        """Return the answer to a question."""
        with self._lock:
            self._lines.write(f"{json.dumps([question, asked])}\n")
            self._lines.flush()
            return json.loads(self._lines.readline())

    def close(self) -> None:
        """Let it end, and wait for it."""
        self._lines.close()
        self._socket.close()
        self._process.wait()


class WarmChild:
    """A process that the nursery forked."""

    def __init__(self, parent: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = parent
        self._exit_code: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        with self._lock:  # whoever asks first after its end is the only one who is told
            if self._exit_code is None:
                self._exit_code = self._nursery.ask("poll", self.pid)
            return self._exit_code

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:  # it stays a zombie until it is asked for
            os.kill(self.pid, signal.Signals(sig))


def start_warm(program: Program) -> Child:
    """Start `python -m services.X`, as `shopfleet.local.processes.start_child` does."""
    python, dash_m, *words = program.command
    if (python, dash_m) != (sys.executable, "-m"):
        raise ValueError(f"{program.command} is no service")
    parent = _nursery()
    rotate(program.log)
    wanted = {
        "words": words,
        "log": str(program.log),
        "environment": dict(program.environment or plain_environment()),
        "stop_signal": int(program.stop_signal),
    }
    return WarmChild(parent, parent.ask("fork", wanted))


@cache
def _nursery() -> Nursery:
    made = Nursery()
    atexit.register(made.close)
    return made
