"""The runtime of a service: its roles in one task group, signals, and a deadline to stop by."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
import uvloop
from fastapi import APIRouter, FastAPI

from shared.command_line import Command, obey, parse
from shared.db.engine import Database
from shared.db.migrations import run_migrations
from shared.housekeeping import FORGETTING, probing_of
from shared.jobs import Clock, Jobs, keeping_clock
from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.kafka.ports import Broker
from shared.log.feed_client import Feed, HttpFeed
from shared.log.parking import ParkingLimit
from shared.log.passing import Passing
from shared.log.reader import Reader, Subscription
from shared.log.relay_role import RelayRole
from shared.observability.logs import configure_logs
from shared.settings import PORTS, ServiceSettings
from shared.web.application import build_application
from shared.web.authenticator import build_authenticator
from shared.web.dead_letters import dead_letters_router
from shared.web.feeds import feed_router
from shared.web.health import registry_check
from shared.web.serving import ApiRole
from shared.webhooks.keeping import forgetting_clock
from shared.webhooks.queue import held_by_webhooks
from shared.webhooks.routes import webhooks_router
from shared.webhooks.runner import WebhookRunner

log = structlog.get_logger()


class Role(Protocol):
    """A part of a service that runs until told to stop."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work; finish what is at hand after `stop`. Returning earlier ends the process."""


class RoleEndedError(Exception):
    """A role came to its end though nobody told it to."""


class DrainTimeoutError(Exception):
    """Some role did not finish in time after the stop."""


class NotReadyError(Exception):
    """A role cannot work yet, or has stopped."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """What makes a service one: given to `run_service` by its `__main__`.

    `setup` is called with application and database before anything runs. `workers` makes what runs
    beside the clocks. A service that `states_events` has a relay and a feed.
    """

    name: str
    settings: type[ServiceSettings]
    routers: tuple[APIRouter, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    clocks: tuple[Clock, ...] = ()
    workers: Callable[[Database, Any, Feed], Sequence[Role]] = lambda *_: ()
    states_events: bool = True
    setup: Callable[[FastAPI, Database], Awaitable[None]] | None = None
    has_board: bool = False


def run_service(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run a service from its command line; ends the process.

    `SERVICE [--roles api,relay] [--migrate]` runs it; `SERVICE migrate`, `new-log` and `reread
    OWNER` do one thing to its database and stop.
    """
    options = parse(service.name, arguments)
    settings = service.settings()
    configure_logs(service.name, level=settings.log_level, is_json=settings.log_json)
    if options.command is not Command.RUN:
        sys.exit(asyncio.run(obey(service.name, options, settings, service.subscriptions)))
    if options.migrate:
        asyncio.run(run_migrations(service.name, settings.database_url))
    calm_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_serve_until_signal(service, settings, options.roles))
        except Exception as error:
            log.exception("service_crashed", error=repr(error))
            sys.exit(1)


async def serve(
    service: Service,
    settings: ServiceSettings,
    *,
    roles: Sequence[str],
    stop: asyncio.Event,
    broker: Broker | None = None,
) -> None:
    """Run roles until told to stop, then drain within `settings.drain_seconds`.

    A role that crashes or ends takes the others down. Raises what the role raised, and
    `DrainTimeoutError`.
    """
    database = Database(settings.database_url, name=service.name, pool=settings.database_pool)
    kafka = broker or KafkaCluster(KafkaAccess.of(settings, service.name))
    feed = HttpFeed(settings.feeds, settings.internal_secret.get_secret_value())
    try:
        application = await _build(service, settings, database, roles, stop)
        parts: list[Role] = [ApiRole(application, settings, port=_port(settings, service.name))]
        if "relay" in roles and service.states_events:
            parts.append(RelayRole(service.name, database, kafka))
        if "consumer" in roles:
            parts += _consumers(service, settings, database, kafka, feed, application, roles)
        if "jobs" in roles:
            probing = [probing_of(service.name)] if service.states_events else []
            keeping = keeping_clock(settings.log_keep_days, held_by_webhooks)
            forgetting = forgetting_clock(settings.webhooks_keep_days)
            clocks = [keeping, FORGETTING, forgetting, *probing, *service.clocks]
            parts += [Jobs(database, clocks), *service.workers(database, settings, feed)]
            if service.states_events:
                parts.append(WebhookRunner(service.name, database, settings))
        log.info("service_starts", roles=list(roles), port=_port(settings, service.name))
        await _run_all(parts, stop, settings.drain_seconds)
    finally:
        await feed.close()
        await database.close()


async def _build(
    service: Service,
    settings: ServiceSettings,
    database: Database,
    roles: Sequence[str],
    stop: asyncio.Event,
) -> FastAPI:
    """Build the application; without the role `api` it answers health and metrics only."""
    routers: list[APIRouter] = []
    if "api" in roles:
        routers += [dead_letters_router(service.name), *service.routers]
        if service.states_events:
            routers += [feed_router(service.name), webhooks_router(service.name)]

    application = build_application(
        service.name,
        routers=routers,
        database=database,
        authenticator=build_authenticator(database, settings),
        settings=settings,
        board=service.has_board and "api" in roles,
    )
    application.state.subscriptions = service.subscriptions

    async def is_not_stopping() -> None:
        if stop.is_set():
            raise NotReadyError("the process is stopping")

    application.state.checks["running"] = is_not_stopping
    if "api" in roles and any("directory" in each.owners for each in service.subscriptions):
        application.state.checks["registry"] = registry_check(database)
    if service.setup is not None:
        await service.setup(application, database)
    return application


def _consumers(  # noqa: PLR0913, PLR0917 - wiring, called once
    service: Service,
    settings: ServiceSettings,
    database: Database,
    kafka: Broker,
    feed: HttpFeed,
    application: FastAPI,
    roles: Sequence[str],
) -> list[Role]:
    parts: list[Role] = []
    limit = ParkingLimit(settings.dead_letter_limit)
    for subscription in service.subscriptions:
        reader = Reader(subscription, database, kafka, feed, limit=limit)
        parts.append(reader)
        parts.append(Passing(subscription.reader, subscription.owners, database, kafka))
        if "api" not in roles:  # the API can take orders while Kafka is away
            application.state.checks[f"reader {reader.name}"] = _check_of(reader)
    return parts


def _check_of(reader: Reader) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        if not reader.is_ready:
            raise NotReadyError(reader.stopped or "no partitions are assigned")

    return check


async def _run_all(roles: Sequence[Role], stop: asyncio.Event, drain_seconds: float) -> None:
    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            for role in roles:
                tasks.create_task(_run_role(role, stop))

    working = asyncio.ensure_future(work())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=drain_seconds)
        if not working.done():
            raise DrainTimeoutError(f"not within {drain_seconds:g} s")
        await working
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})


async def _run_role(role: Role, stop: asyncio.Event) -> None:
    await role.run(stop)
    if not stop.is_set():
        raise RoleEndedError(type(role).__name__)


async def _serve_until_signal(
    service: Service, settings: ServiceSettings, roles: Sequence[str]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(service, settings, roles=roles, stop=stop)


def calm_collector() -> None:
    """Look for cycles more rarely: a batch of 20,000 events is no garbage, and costs 40 % more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _port(settings: ServiceSettings, name: str) -> int:
    return settings.port or PORTS[name]
