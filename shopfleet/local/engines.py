"""PostgreSQL and the broker of the local stack: embedded, or those that the environment names."""

import os
from collections.abc import Callable

from shopfleet.local.broker import EmbeddedBroker
from shopfleet.local.postgres import EmbeddedPostgres
from shopfleet.local.state import State


class Engines:
    """What the services stand on.

    SHOPFLEET_DATABASE_URL (an administrator's URL) and SHOPFLEET_KAFKA (bootstrap servers) name
    servers that run elsewhere; they are then neither started nor stopped.
    """

    def __init__(self, state: State) -> None:
        self.admin_url = os.environ.get("SHOPFLEET_DATABASE_URL", "").strip()
        self.kafka = os.environ.get("SHOPFLEET_KAFKA", "").strip()
        self._postgres = None if self.admin_url else EmbeddedPostgres(state.folder / "postgres")
        self._broker = None if self.kafka else EmbeddedBroker(state.folder / "broker")

    def start(self) -> None:
        """Start what is embedded and wait until it answers; raises EngineStartError."""
        if self._postgres is not None:
            self.admin_url = self._postgres.start()
        if self._broker is not None:
            self.kafka = self._broker.start()

    def revive(self, say: Callable[[str], None]) -> None:
        """Start again what has died; raises EngineStartError.

        PostgreSQL recovers what was committed. The broker comes back empty, and the log heals it.
        """
        if self._postgres is not None and not self._postgres.is_running:
            say("PostgreSQL ended; starting it again")
            self._postgres.start()
        if self._broker is not None and not self._broker.is_running:
            say("the broker ended; starting it again")
            self._broker.start()

    def stop(self) -> None:
        """Stop what was started: the broker, then PostgreSQL, which writes everything out."""
        if self._broker is not None:
            self._broker.stop()
        if self._postgres is not None:
            self._postgres.stop()
