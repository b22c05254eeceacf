"""The wiring of this service."""

from fastapi import FastAPI

from services.reporting.live import Changes
from services.reporting.planner.standing import OWNERS, READER
from services.reporting.projections.discarding import discard_figures
from services.reporting.projections.hearing import Hearing
from services.reporting.rebuild.working import Rebuilding
from services.reporting.reconcile import CLOCKS
from services.reporting.repair.working import Repairing
from services.reporting.routes import figures, rebuilds, reconciliation, stream
from services.reporting.settings import ReportingSettings
from shared.db.engine import Database
from shared.log.feed_client import Feed
from shared.log.reader import Subscription
from shared.registry.subscription import registry_subscription
from shared.runtime import Service


async def _set_up(application: FastAPI, database: Database) -> None:
    application.state.changes = Changes(database)
    if application.state.board:
        from services.reporting.board.mounting import mount_board  # noqa: PLC0415 - heavy to load

        mount_board(application)


def _workers(
    database: Database, settings: ReportingSettings, feed: Feed
) -> tuple[Repairing, Rebuilding]:
    return Repairing(database, feed, is_automatic=settings.repair), Rebuilding(database, feed)


SERVICE = Service(
    name="reporting",
    settings=ReportingSettings,
    routers=(figures.router, rebuilds.router, reconciliation.router, stream.router),
    subscriptions=(
        registry_subscription("reporting"),
        Subscription(READER, OWNERS, Hearing(), discard_figures),
    ),
    clocks=CLOCKS,
    workers=_workers,
    states_events=False,
    has_board=True,
    setup=_set_up,
)
