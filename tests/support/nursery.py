"""A process that has loaded what services need, and forks one that becomes a service on demand.

Run by its owner, `tests.support.warm`, which asks at a socket, a JSON list a line. It ends when the
owner does, and what it forked gets its stop signal then, as a child of the owner would.
"""

import gc
import importlib
import json
import os
import runpy
import socket
import sys
import threading
from pathlib import Path

from shopfleet.local.launch import ask_for_signal

NAMES = ("directory", "orders", "promotion", "cs", "inventory", "reporting")
LOADED = (
    *(f"services.{name}.app" for name in NAMES),
    "services.reporting.board.mounting",
    "alembic.command",
)


def main(descriptor: int) -> None:
    """Fork until the owner is gone; in what was forked, run what was asked for."""
    for module in LOADED:
        importlib.import_module(module)
    if threading.active_count() > 1:
        sys.exit("an import started a thread, which would be missing in what is forked")
    gc.collect()
    gc.freeze()  # else the first collection of every child copies all of it
    words = _serve(socket.socket(fileno=descriptor))
    if words is not None:
        sys.argv = words
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _serve(owner: socket.socket) -> list[str] | None:
    """Answer the owner; returns in a child the words to run, in the parent None at the end."""
    parent = os.getpid()
    with owner, owner.makefile("rw", encoding="utf-8") as lines:
        while line := lines.readline():
            question, asked = json.loads(line)
            answer = os.fork() if question == "fork" else _exit_code(asked)
            if os.getpid() != parent:
                owner.close()
                return _become(parent, **asked)
            lines.write(f"{json.dumps(answer)}\n")
            lines.flush()
    return None


def _exit_code(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _become(
    parent: int, *, words: list[str], log: str, environment: dict[str, str], stop_signal: int
) -> list[str]:
    """Be as a process that was started with this environment and log; return its words."""
    os.setsid()
    ask_for_signal(stop_signal, parent)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    Path("/proc/self/comm").write_text(words[0])  # for who looks at a list of processes
    return words


if __name__ == "__main__":
    main(int(sys.argv[1]))
