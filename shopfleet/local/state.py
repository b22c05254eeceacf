"""The folder in which the local stack keeps its data, secrets, logs and what it started."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from shopfleet.addresses import ADDRESSES_FILE, TOKEN_FILE
from shopfleet.local.leftovers import Identity, end_leftover, identify
from shopfleet.local.secret_files import keep_secret, write_private


class AlreadyRunningError(RuntimeError):
    """Another process runs the stack of this folder."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of simulated orders: between two moments, so many."""

    since: datetime
    until: datetime
    orders: int


class State:
    """The state folder, owned by one process at a time; used as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._lock: IO[str] | None = None

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.folder / "logs"

    def secret(self, name: str) -> str:
        """Return a secret, made the first time."""
        return keep_secret(self.folder, name)

    def tell_addresses(self, addresses: Mapping[str, str], token: str) -> None:
        """Keep where the services answer and the token, for the other commands."""
        self._write(ADDRESSES_FILE, dict(addresses))
        write_private(self.folder / TOKEN_FILE, token)

    def note_process(self, name: str, pid: int) -> None:
        """Remember a process that was started, so that another run can end it."""
        found = identify(pid)
        if found is not None:
            self._write("processes.json", {**self._processes(), name: asdict(found)})

    def end_leftovers(self) -> list[str]:
        """End the processes of a run that was killed itself; return their names."""
        ended = [
            name for name, found in self._processes().items() if end_leftover(Identity(**found))
        ]
        (self.folder / "processes.json").unlink(missing_ok=True)
        return ended

    def forget_processes(self) -> None:
        """Forget what was started: all of it has ended."""
        (self.folder / "processes.json").unlink(missing_ok=True)

    @property
    def simulated_until(self) -> datetime | None:
        """Up to when simulated orders are complete; None if there are none."""
        found = self._read("simulation.json").get("until")
        return datetime.fromisoformat(found) if found else None

    @property
    def begun_stretch(self) -> Stretch | None:
        """The stretch whose orders were being sent when the last run ended, if any."""
        found = self._read("simulation.json").get("begun")
        if not found:
            return None
        since, until = (datetime.fromisoformat(found[name]) for name in ("since", "until"))
        return Stretch(since, until, int(found["orders"]))

    def begin_stretch(self, stretch: Stretch) -> None:
        """Note that the orders of a stretch are about to be sent."""
        begun = {
            "since": stretch.since.isoformat(),
            "until": stretch.until.isoformat(),
            "orders": stretch.orders,
        }
        self._write("simulation.json", {**self._read("simulation.json"), "begun": begun})

    def note_simulated(self, until: datetime) -> None:
        """Note that simulated orders are complete up to a moment."""
        self._write("simulation.json", {"until": until.isoformat()})

    def _processes(self) -> dict[str, Any]:
        return self._read("processes.json")

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: Mapping[str, object]) -> None:
        draft = self.folder / f"{name}.draft"
        draft.write_text(json.dumps(content, indent=1))
        draft.replace(self.folder / name)

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise AlreadyRunningError(
                f"the stack of {self.folder} runs already, as process {owner}"
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
