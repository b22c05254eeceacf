"""A whole fleet on this machine, as `shopfleet up` starts it, and questions to it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shopfleet import calls
from shopfleet.client import AsyncClient, Options
from shopfleet.local.stack import Stack
from shopfleet.local.state import State
from tests.support.apache_kafka import ApacheKafka
from tests.support.eventually import eventually
from tests.support.kafka import kind_of_kafka
from tests.support.postgres import scratch_folder
from tests.support.warm import start_warm

ROOT = Path(__file__).resolve().parents[2]
REPORTED_SECONDS = 120.0
IMPORT_SECONDS = 300.0
ANSWER_SECONDS = 300.0  # some questions are for 200,000 values


@dataclass(frozen=True, slots=True)
class Fleet:
    """A running fleet."""

    folder: Path
    stack: Stack
    client: AsyncClient

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `shopfleet` as a person would, against this fleet."""
        addresses = ",".join(f"{name}={url}" for name, url in self.stack.addresses.items())
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SHOPFLEET_URL": addresses,
            "SHOPFLEET_TOKEN": self.stack.token,
            "XDG_STATE_HOME": str(self.folder),
        }
        return subprocess.run(
            [sys.executable, "-m", "shopfleet.cli", *words],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=self.folder,
            timeout=IMPORT_SECONDS,
        )

    async def kpis(self, days: tuple[str, str], **query: object) -> list[dict[str, Any]]:
        """Ask for figures of the days from the first to before the second."""
        call = calls.find_kpis(**{"from": days[0], "to": days[1], **query})
        answer: dict[str, Any] = {}

        async def is_complete() -> bool:  # a busy machine may be seconds late with a watermark
            found: dict[str, Any] = await self.client.send(call)
            answer.update(found)
            return bool(found["complete"])

        await eventually(is_complete, within_seconds=60)
        assert answer["left_off"] == 0
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    async def everything_is_reported(self, days: tuple[str, str], **query: object) -> None:
        """Wait until reporting holds everything that was accepted before this moment."""
        accepted_before = datetime.now(UTC)
        call = calls.find_kpis(
            **{"from": days[0], "to": days[1], "metrics": "orders_placed", **query}
        )

        async def is_reported() -> bool:
            answer = await self.client.send(call)
            as_of = answer["as_of"]
            is_past = as_of is not None and datetime.fromisoformat(as_of) >= accepted_before
            return is_past and bool(answer["complete"])

        await eventually(is_reported, within_seconds=REPORTED_SECONDS)


@asynccontextmanager
async def running_fleet(admin_url: str) -> AsyncIterator[Fleet]:
    """Start a fleet, and a broker, on a PostgreSQL server that runs; stop what was started."""
    with (
        pytest.MonkeyPatch.context() as patch,
        scratch_folder() as folder,
        ExitStack() as engines,
        State(folder / "fleet") as state,
    ):
        patch.setenv("SHOPFLEET_DATABASE_URL", admin_url)
        patch.delenv("SHOPFLEET_KAFKA", raising=False)
        if kind_of_kafka() == "apache":  # what runs already is used, as its owner would say it
            kafka = engines.enter_context(ApacheKafka(folder / "kafka", nodes=1))
            patch.setenv("SHOPFLEET_KAFKA", kafka.bootstrap)
        stack = Stack(state, print, start=start_warm)
        try:
            await stack.start()
            options = Options(timeout_seconds=ANSWER_SECONDS)
            async with AsyncClient(stack.addresses, token=stack.token, options=options) as client:
                yield Fleet(folder, stack, client)
        finally:
            await stack.stop()
