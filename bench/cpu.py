"""CPU time of processes, which other work on the machine changes less than it changes rates."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

POSTGRESQL = "PostgreSQL"

_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT, _OWN, _ENDED = 1, slice(11, 13), slice(13, 15)  # of /proc/PID/stat, behind the name


class Meter:
    """What processes have used since it was made, by name; `tree` names those with children."""

    def __init__(self, processes: Mapping[str, int], *, tree: str) -> None:
        self._processes = processes
        self._tree = tree
        self._before = self._seconds()
        self._began = time.monotonic(), _machine_seconds()

    def others(self) -> float:
        """Return how many cores everything else on the machine has used since the beginning."""
        moment, before = self._began
        used = _machine_seconds() - before - sum(self.seconds().values())
        return used / (time.monotonic() - moment)

    def seconds(self) -> dict[str, float]:
        """Return the CPU seconds of each since the beginning."""
        return {name: now - self._before[name] for name, now in self._seconds().items()}

    def _seconds(self) -> dict[str, float]:
        return {
            name: _tree_seconds(pid) if name == self._tree else _seconds(pid, ended=False)
            for name, pid in self._processes.items()
        }


def per_row(seconds: Mapping[str, float], rows: int) -> str:
    """Return a sentence of milliseconds a row."""
    parts = [f"{name} {1000 * spent / rows:.2f}" for name, spent in seconds.items()]
    total = 1000 * sum(seconds.values()) / rows
    return f"CPU ms a row: {', '.join(parts)}; {total:.2f} together"


def _seconds(pid: int, *, ended: bool) -> float:
    fields = _fields(pid)
    used = [*fields[_OWN], *(fields[_ENDED] if ended else ())]
    return sum(map(int, used)) / _PER_SECOND


def _tree_seconds(pid: int) -> float:
    """Return what a process and its children have used, those that have ended included."""
    used = _seconds(pid, ended=True)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(_fields(int(folder.name))[_PARENT]) == pid:
                used += _seconds(int(folder.name), ended=False)
    return used


def _machine_seconds() -> float:
    """Return what all processes have used: all of the first line but idle and waiting."""
    user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(rest)) / _PER_SECOND


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
