"""The whole fleet on one machine: engines, databases, six services, a token for its owner."""

import asyncio
from collections.abc import Callable, Mapping

import asyncpg

from shopfleet.addresses import SERVICES
from shopfleet.client import AsyncClient
from shopfleet.local.databases import database_url, ensure_databases
from shopfleet.local.engines import Engines
from shopfleet.local.owner import issue_owner_token, wait_until_known
from shopfleet.local.processes import Start, start_child
from shopfleet.local.secret_files import BOOTSTRAP_SECRET
from shopfleet.local.services import choose_addresses, service_programs
from shopfleet.local.state import State
from shopfleet.local.supervisor import StackFailedError, Supervisor

LOOK_SECONDS = 0.5


class Stack:
    """Starts in `start`, is looked after in `look_after`, ends in `stop`.

    `say` hears remarks for the person at the terminal; `start` starts each service.
    """

    def __init__(
        self, state: State, say: Callable[[str], None], *, start: Start = start_child
    ) -> None:
        self._state = state
        self._say = say
        self._engines = Engines(state)
        self._supervisor = Supervisor(state, say, start=start)
        self.addresses: Mapping[str, str] = {}
        self.token = ""

    async def start(self) -> None:
        """Start everything and wait until all of it is ready.

        Raises EngineStartError, StackFailedError, ShopfleetError.
        """
        for name in self._state.end_leftovers():
            self._say(f"ended {name}, which an earlier run left behind")
        self._engines.start()
        databases = await self._databases()
        self.addresses = choose_addresses()
        programs = service_programs(
            self._state,
            addresses=self.addresses,
            databases=databases,
            kafka=self._engines.kafka,
        )
        self._supervisor.start(programs)
        await self._supervisor.wait_until_ready(self.addresses)
        secret = self._state.secret(BOOTSTRAP_SECRET)
        self.token = await issue_owner_token(self.addresses, secret)
        self._state.tell_addresses(self.addresses, self.token)
        async with self.client() as client:
            await wait_until_known(client, SERVICES)

    def client(self) -> AsyncClient:
        """Return a client with the owner's token."""
        return AsyncClient(self.addresses, token=self.token)

    async def look_after(self) -> None:
        """Start again what ends, until cancelled; raises StackFailedError or EngineStartError."""
        while True:
            self._engines.revive(self._say)
            self._supervisor.revive()
            await asyncio.sleep(LOOK_SECONDS)

    def hurry(self) -> None:
        """Do not wait for services any more."""
        self._supervisor.hurry()

    async def stop(self) -> None:
        """Stop the services, then the broker, then PostgreSQL."""
        await self._supervisor.stop()
        await asyncio.to_thread(self._engines.stop)
        self._state.forget_processes()

    async def _databases(self) -> dict[str, str]:
        admin_url = self._engines.admin_url
        passwords = {name: self._state.secret(f"{name}-database-password") for name in SERVICES}
        try:
            await ensure_databases(admin_url, passwords)
        except (OSError, asyncpg.PostgresError) as error:
            raise StackFailedError(f"PostgreSQL cannot be used: {error}") from error
        return {name: database_url(admin_url, name, passwords[name]) for name in SERVICES}
