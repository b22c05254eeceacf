"""A fleet whose roles are processes of their own, so that each can be killed or paused alone."""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import httpx

from shopfleet.addresses import SERVICES
from shopfleet.client import AsyncClient, Options
from shopfleet.local.databases import database_url, ensure_databases
from shopfleet.local.owner import issue_owner_token, wait_until_known
from shopfleet.local.ports import LOOPBACK, free_ports
from shopfleet.local.postgres import EmbeddedPostgres
from shopfleet.local.processes import EngineProcess, Program, Start, start_child, tail
from shopfleet.local.secret_files import BOOTSTRAP_SECRET
from shopfleet.local.services import service_programs
from shopfleet.local.state import State
from shopfleet.local.supervisor import StackFailedError
from shopfleet.retrying import RetryPolicy

READY_SECONDS = 120.0
DRAIN_SECONDS = 15.0
POLL_SECONDS = 0.05

POSTGRES = "postgres"
BROKER = "broker"
ORDERS_API = "orders-api"
ORDERS_RELAY = "orders-relay"
READER = "reporting-reader"
ROLES: Mapping[str, tuple[str, str]] = {
    "directory": ("directory", "api,relay,consumer,jobs"),
    ORDERS_API: ("orders", "api"),
    ORDERS_RELAY: ("orders", "relay"),
    "inventory": ("inventory", "api,relay,consumer"),
    "orders-registry": ("orders", "consumer,jobs"),
    READER: ("reporting", "consumer"),
    "reporting-api": ("reporting", "api,jobs"),
}
"""Service and roles of each process, by its name here."""

UNAIDED = {"REPORTING_REPAIR": "false"}
"""A figure that is repaired by itself would hide the fault that a proof is to find."""

PROVEN = tuple(dict.fromkeys(service for service, _ in ROLES.values()))
APIS = {
    "directory": "directory",
    "orders": ORDERS_API,
    "inventory": "inventory",
    "reporting": "reporting-api",
}


class Engine(Protocol):
    """Something that services stand on: it can be started, stopped and killed."""

    def start(self) -> object:
        """Start it and wait until it answers."""

    def stop(self) -> None:
        """Stop it as its owner would."""

    def kill(self) -> None:
        """SIGKILL."""


class Broker(Engine, Protocol):
    """An engine that speaks Kafka."""

    @property
    def bootstrap(self) -> str:
        """`host:port`."""


@dataclass(slots=True)
class RoleProcess:
    """One role, or some, of one service in a process of its own."""

    program: Program
    url: str
    start_child: Start
    process: EngineProcess | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        if self.process is None or not self.process.is_running:
            self.process = EngineProcess(self.program, self.start_child)

    def stop(self) -> None:
        """Ask it to stop, and kill it if it does not in time."""
        if self.process is not None:
            self.process.stop(within_seconds=DRAIN_SECONDS)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()

    def pause(self) -> None:
        """SIGSTOP."""
        if self.process is not None:
            self.process.pause()

    def resume(self) -> None:
        """SIGCONT."""
        if self.process is not None:
            self.process.resume()


class Fleet:
    """Directory and inventory whole, orders and reporting with a process for each role.

    Call it from the main thread only: the kernel ties children to it. `start` starts each process.
    """

    def __init__(
        self,
        state: State,
        postgres: EmbeddedPostgres,
        broker: Broker,
        *,
        start: Start = start_child,
    ) -> None:
        self.state = state
        self.engines: dict[str, Engine] = {POSTGRES: postgres, BROKER: broker}
        self.roles: dict[str, RoleProcess] = {}
        self.addresses: Mapping[str, str] = {}
        self.token = ""
        self.databases: Mapping[str, str] = {}
        self._postgres = postgres
        self._broker = broker
        self._start = start

    @property
    def admin_url(self) -> str:
        """The administrator's URL of PostgreSQL."""
        return self._postgres.url

    async def start(self) -> None:
        """Start everything and wait until all of it is ready.

        Raises EngineStartError, StackFailedError, ShopfleetError.
        """
        for engine in self.engines.values():
            engine.start()
        passwords = {name: self.state.secret(f"{name}-database-password") for name in PROVEN}
        await ensure_databases(self.admin_url, passwords)
        self.databases = {
            name: database_url(self.admin_url, name, secret) for name, secret in passwords.items()
        }
        self._plan()
        await self._migrate()
        await self.start_roles()
        self.token = await issue_owner_token(self.addresses, self.state.secret(BOOTSTRAP_SECRET))
        async with self.client() as client:
            await wait_until_known(client, PROVEN)

    async def start_roles(self) -> None:
        """Start the roles that do not run, all at once; raises StackFailedError."""
        for role in self.roles.values():
            role.start()
        for name in self.roles:
            await self.wait_until_ready(name)

    async def stop(self) -> None:
        """Stop the roles, then the broker, then PostgreSQL."""
        await asyncio.gather(*(asyncio.to_thread(role.stop) for role in self.roles.values()))
        for engine in reversed(self.engines.values()):
            await asyncio.to_thread(engine.stop)

    def client(self, token: str | None = None) -> AsyncClient:
        """Return a client that does not give up while something is being started again."""
        retry = RetryPolicy(
            tries=1_000, first_pause_seconds=0.1, longest_pause_seconds=1.0, patience_seconds=90.0
        )
        options = Options(retry=retry, timeout_seconds=20.0)
        return AsyncClient(self.addresses, token=token or self.token, options=options)

    def kill(self, name: str) -> None:
        """SIGKILL a role or an engine."""
        (self.engines.get(name) or self.roles[name]).kill()

    async def revive(self, name: str) -> None:
        """Start a role or an engine again and wait until it is ready.

        Raises EngineStartError and StackFailedError.
        """
        engine = self.engines.get(name)
        if engine is not None:
            engine.start()
            return
        self.roles[name].start()
        await self.wait_until_ready(name)

    async def wait_until_ready(self, name: str) -> None:
        """Wait until a role says that it is ready; raises StackFailedError."""
        role = self.roles[name]
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as http:
            while not await _is_ready(http, role.url):
                ended = role.process is not None and not role.process.is_running
                if ended or time.monotonic() > deadline:
                    raise StackFailedError(f"{name} is not ready:\n{tail(role.program.log)}")
                await asyncio.sleep(POLL_SECONDS)

    def _plan(self) -> None:
        ports = free_ports(len(SERVICES) + len(ROLES))
        urls = [f"http://{LOOPBACK}:{port}" for port in ports]
        places = dict(zip(ROLES, urls, strict=False))
        others = dict(zip(SERVICES, urls[len(ROLES) :], strict=True))
        self.addresses = {**others, **{name: places[role] for name, role in APIS.items()}}
        databases = {**dict.fromkeys(SERVICES, ""), **self.databases}
        programs = service_programs(
            self.state,
            addresses=self.addresses,
            databases=databases,
            kafka=self._broker.bootstrap,
        )
        for name, (service, roles) in ROLES.items():
            words = ["--roles", roles]
            program = _variant(self.state, programs[service], service, words, name=name)
            environment = {
                **(program.environment or {}),
                **UNAIDED,
                f"{service.upper()}_PORT": places[name].rpartition(":")[2],
            }
            program = replace(program, environment=environment)
            self.roles[name] = RoleProcess(program, places[name], self._start)

    async def _migrate(self) -> None:
        running = {}
        for name in PROVEN:
            role = next(role for key, role in self.roles.items() if ROLES[key][0] == name)
            program = _variant(self.state, role.program, name, ["migrate"], name=f"{name}-migrate")
            running[name] = EngineProcess(program, self._start), program.log
        for name, (process, log) in running.items():
            while process.is_running:  # noqa: ASYNC110 - no event tells of its end
                await asyncio.sleep(POLL_SECONDS)
            if process.exit_code != 0:
                raise StackFailedError(f"{name} cannot migrate:\n{tail(log)}")


def _variant(
    state: State, program: Program, service: str, words: list[str], *, name: str
) -> Program:
    command = [sys.executable, "-m", f"services.{service}", *words]
    return replace(program, command=command, log=state.logs / f"{name}.log")


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).is_success
    except httpx.TransportError:
        return False
