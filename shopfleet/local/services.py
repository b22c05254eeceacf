"""The six service processes of the local stack: their commands, ports and environment."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import shopfleet
from shopfleet.addresses import DEFAULT_PORTS, SERVICES
from shopfleet.local.ports import LOOPBACK, free_port
from shopfleet.local.processes import Program
from shopfleet.local.secret_files import BOOTSTRAP_SECRET
from shopfleet.local.state import State

NOT_INHERITED = (
    "SHOPFLEET_DATABASE_URL",  # the administrator's
    "SHOPFLEET_TOKEN",
    "SHOPFLEET_URL",
    "PG",  # libpq's defaults
    "PYTHONDONTWRITEBYTECODE",  # six processes would compile everything at every start
)
"""Variables, by how they begin, that a service does not get from whoever starts the stack."""


def choose_addresses() -> dict[str, str]:
    """Give each service its default port, or a free one where that is taken."""
    ports = {name: free_port(port) for name, port in DEFAULT_PORTS.items()}
    return {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}


def service_programs(
    state: State, *, addresses: Mapping[str, str], databases: Mapping[str, str], kafka: str
) -> dict[str, Program]:
    """Return how each service is started: all its roles in one process, after its migrations."""
    shared = _shared_environment(state, addresses, kafka)
    return {
        name: Program(
            command=[sys.executable, "-m", f"services.{name}", "--migrate"],
            log=state.logs / f"{name}.log",
            environment={
                **shared,
                f"{name.upper()}_DATABASE_URL": databases[name],
                f"{name.upper()}_PORT": addresses[name].rpartition(":")[2],
            },
        )
        for name in SERVICES
    }


def _shared_environment(state: State, addresses: Mapping[str, str], kafka: str) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)
    }
    root = str(Path(shopfleet.__file__).resolve().parents[1])
    paths = [root, *filter(None, inherited.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        "SHOPFLEET_WEBHOOKS_HTTP": "true",  # receivers to try them with run on this machine
        "SHOPFLEET_WEBHOOKS_PRIVATE": "true",
        **inherited,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "SHOPFLEET_KAFKA": kafka,
        "SHOPFLEET_HOST": LOOPBACK,
        "SHOPFLEET_FEEDS": json.dumps(dict(addresses)),
        "SHOPFLEET_INTERNAL_SECRET": state.secret("internal-secret"),
        "SHOPFLEET_PII_KEY": state.secret("pii-key"),
        "DIRECTORY_BOOTSTRAP_SECRET": state.secret(BOOTSTRAP_SECRET),
    }
