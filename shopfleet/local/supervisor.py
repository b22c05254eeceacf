"""Looking after the service processes: ready, alive, started again, stopped."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from shopfleet.local.processes import EngineProcess, Program, Start, start_child, tail
from shopfleet.local.state import State

READY_SECONDS = 120.0
POLL_SECONDS = 0.1
DRAIN_SECONDS = 15.0
MAX_RESTARTS = 5
RESTART_WINDOW_SECONDS = 600.0
SHOWN_LINES = 15


class StackFailedError(RuntimeError):
    """A service does not come up, or keeps ending; the message shows its last log lines."""


@dataclass(slots=True)
class _Child:
    """A service that was started, and when it had to be started again."""

    program: Program
    process: EngineProcess
    restarts: deque[float] = field(default_factory=deque)

    def told_end(self, name: str) -> str:
        """Say how it ended and what it logged last."""
        lines = tail(self.program.log, SHOWN_LINES)
        return f"{name} ended with {self.process.exit_code}; {self.program.log} ends:\n{lines}"


class Supervisor:
    """The service processes. Call it from the main thread only: the kernel ties children to it."""

    def __init__(
        self, state: State, say: Callable[[str], None], *, start: Start = start_child
    ) -> None:
        self._state = state
        self._say = say
        self._start = start
        self._children: dict[str, _Child] = {}
        self._grace_seconds = DRAIN_SECONDS

    def start(self, programs: Mapping[str, Program]) -> None:
        """Start every service, without waiting."""
        for name, program in programs.items():
            self._children[name] = _Child(program, self._spawn(name, program))

    async def wait_until_ready(self, addresses: Mapping[str, str]) -> None:
        """Wait until every service says that it is ready; raises StackFailedError."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = dict(addresses)
        async with httpx.AsyncClient(timeout=2.0) as http:
            while waiting:
                for name, url in list(waiting.items()):
                    child = self._children[name]
                    if not child.process.is_running:
                        raise StackFailedError(child.told_end(name))
                    if await _is_ready(http, url):
                        del waiting[name]
                if waiting and time.monotonic() > deadline:
                    names = ", ".join(waiting)
                    logs = "\n".join(tail(self._children[name].program.log, 5) for name in waiting)
                    told = f"not ready within {READY_SECONDS:g} s: {names}"
                    raise StackFailedError(f"{told}; their logs end:\n{logs}")
                await asyncio.sleep(POLL_SECONDS)

    def revive(self) -> None:
        """Start again what has ended; raises StackFailedError for one that keeps ending."""
        for name, child in self._children.items():
            if child.process.is_running:
                continue
            told = child.told_end(name)
            now = time.monotonic()
            while child.restarts and child.restarts[0] < now - RESTART_WINDOW_SECONDS:
                child.restarts.popleft()
            if len(child.restarts) >= MAX_RESTARTS:
                raise StackFailedError(f"{told}\nit was started {MAX_RESTARTS} times in vain")
            child.restarts.append(now)
            self._say(f"{told}\nstarting {name} again")
            child.process = self._spawn(name, child.program)

    def hurry(self) -> None:
        """Kill what still runs instead of waiting for it."""
        self._grace_seconds = 0.0
        for child in self._children.values():
            if child.process.is_running:
                child.process.kill()

    async def stop(self) -> None:
        """Ask all to stop at once, wait for them to drain, kill those that take too long."""
        grace = self._grace_seconds
        stops = (
            asyncio.to_thread(child.process.stop, within_seconds=grace)
            for child in self._children.values()
        )
        for name, is_clean in zip(self._children, await asyncio.gather(*stops), strict=True):
            if not is_clean:
                self._say(f"{name} did not stop within {grace:g} s and was killed")

    def _spawn(self, name: str, program: Program) -> EngineProcess:
        process = EngineProcess(program, self._start)
        self._state.note_process(name, process.pid)
        return process


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).is_success
    except httpx.TransportError:
        return False
