"""Engine processes: each in its own session, stopped by its owner, and dying with it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shopfleet.local import launch

LOG_LIMIT_BYTES = 10_000_000
POLL_SECONDS = 0.02
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "JAVA_HOME")


class EngineStartError(RuntimeError):
    """An engine did not come up; the message ends with the tail of its log."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system user an engine runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, where it logs, how it is asked to stop and under whose name it runs."""

    command: Sequence[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    environment: Mapping[str, str] | None = None
    """None: the plain environment of engines."""


class Child(Protocol):
    """A process that was started, with the words of `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """The process id, also after its end."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, if it has not ended."""


Start = Callable[[Program], Child]
"""A way to start a program."""


def start_child(program: Program) -> Child:
    """Start a program as `EngineProcess` promises, without waiting."""
    account = program.account or Account(uid=-1, gid=-1)
    is_watched = threading.current_thread() is threading.main_thread()
    words = [os.getpid(), int(program.stop_signal) if is_watched else 0, account.uid, account.gid]
    rotate(program.log)
    with program.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the commands are ours
            [sys.executable, "-I", "-S", launch.__file__, *map(str, words), *program.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",  # a folder that any account may stand in
            env=plain_environment() if program.environment is None else program.environment,
        )


class EngineProcess:
    """One running program.

    It has a session of its own, so that Ctrl-C in the terminal does not reach it. If the process
    that started it is killed, it gets its stop signal; that holds on Linux, and if the main thread
    started it, because the kernel watches the thread.
    """

    def __init__(self, program: Program, start: Start = start_child) -> None:
        self._program = program
        self._child = start(program)

    @property
    def pid(self) -> int:
        """The process id, also after its end."""
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended, be it paused."""
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._child.poll()

    def wait_until_ready(self, is_ready: Callable[[], bool], *, within_seconds: float) -> None:
        """Poll `is_ready`; raises EngineStartError when the program ends first or time runs out.

        The program is dead when this raises.
        """
        deadline = time.monotonic() + within_seconds
        while not is_ready():
            if not self.is_running:
                raise EngineStartError(self._failure(f"ended with {self.exit_code}"))
            if time.monotonic() > deadline:
                self.kill()
                raise EngineStartError(self._failure(f"not ready within {within_seconds:g} s"))
            time.sleep(POLL_SECONDS)

    def stop(self, *, within_seconds: float) -> bool:
        """Ask to stop and wait; kill when that takes too long. True if it stopped by itself."""
        self.resume()
        self._send(self._program.stop_signal)
        try:
            self._child.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        self._send(signal.SIGKILL)
        self._child.wait()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT; harmless for a process that runs."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self.is_running:
            self._child.send_signal(number)

    def _failure(self, what: str) -> str:
        program = self._program
        return f"{program.command[0]} {what}; {program.log} ends:\n{tail(program.log)}"


def plain_environment() -> dict[str, str]:
    """Give the environment of engines, without PGPORT, STORAGE_ENGINE and the like."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


def command_of(pid: int) -> str | None:
    """Give the command line of a process with its words joined by spaces; None if there is none."""
    words = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self/cmdline").exists():
        try:
            return words.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip() or None
        except OSError:
            return None
    listing = subprocess.run(  # noqa: S603 - a number is the only word from outside
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip() or None


def rotate(log: Path) -> None:
    """Set a large log aside, over the one set aside before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def tail(log: Path, lines: int = 20) -> str:
    """Give the last lines of a log; empty if there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
