"""Service processes as they run in production, on the engines of a run."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.engines import Engines
from shared.db.engine import Database
from shopfleet.local.ports import free_port
from shopfleet.local.processes import EngineProcess, Program
from tests.support.applications import INTERNAL_SECRET, PII_KEY

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Running:
    """A service that answers."""

    url: str
    pid: int


@contextmanager
def running_service(
    service: str,
    database: Database,
    engines: Engines,
    *,
    roles: str,
    kafka: str = "127.0.0.1:1",
    feeds: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Start `python -m services.X`, wait until it answers, and give its URL and process.

    The role `api` needs no broker.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    name = service.upper()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SHOPFLEET_KAFKA": kafka,
        "SHOPFLEET_INTERNAL_SECRET": INTERNAL_SECRET,
        "SHOPFLEET_PII_KEY": PII_KEY,
        "SHOPFLEET_FEEDS": json.dumps({service: url, **(feeds or {})}),
        "SHOPFLEET_RATE_LIMIT": "100000000",
        "SHOPFLEET_LOG_LEVEL": "WARNING",
        f"{name}_DATABASE_URL": database.url.set(drivername="postgresql").render_as_string(
            hide_password=False
        ),
        f"{name}_PORT": str(port),
    }
    command = [sys.executable, "-m", f"services.{service}", "--roles", roles]
    log = engines.folder / f"{service}-{port}.log"
    process = EngineProcess(Program(command=command, log=log, environment=environment))
    try:
        process.wait_until_ready(lambda: _answers(url), within_seconds=START_SECONDS)
        yield Running(url, process.pid)
    finally:
        process.stop(within_seconds=STOP_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/livez", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
