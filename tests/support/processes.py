"""Services as processes of their own, for tests that go in by the front door."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from shopfleet.local.ports import free_port
from shopfleet.local.processes import EngineProcess, Program
from tests.support.applications import INTERNAL_SECRET
from tests.support.warm import start_warm

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_service(
    name: str,
    database_url: str,
    folder: Path,
    *,
    roles: str = "api",
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, EngineProcess]]:
    """Give the base URL and the process of a service that answers; it stops at the end."""
    chosen = free_port() if port is None else port
    url = f"http://127.0.0.1:{chosen}"
    program = Program(
        command=[sys.executable, "-m", f"services.{name}", "--roles", roles],
        log=folder / f"{name}.log",
        environment={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            f"{name.upper()}_DATABASE_URL": database_url,
            f"{name.upper()}_PORT": str(chosen),
            "SHOPFLEET_INTERNAL_SECRET": INTERNAL_SECRET,
            **(environment or {}),
        },
    )
    process = EngineProcess(program, start_warm)
    try:
        process.wait_until_ready(lambda: _is_live(url), within_seconds=START_SECONDS)
        yield url, process
    finally:
        process.stop(within_seconds=STOP_SECONDS)


def _is_live(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=2).is_success
    except httpx.TransportError:
        return False
