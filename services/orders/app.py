"""The wiring of this service."""

from services.orders.handlers import APPLIER, READER
from services.orders.jobs import CLOCKS, workers
from services.orders.repository.receipts import find_last_receipt, find_receipt
from services.orders.routes import (
    after_sales,
    alterations,
    archive,
    changes,
    custom,
    disputes,
    documents,
    freight,
    invoices,
    lists,
    many,
    notes,
    parcels,
    pricing,
    problems,
    quoting,
    refunds,
    rows,
    sending,
    settlements,
    steps,
    tracking,
    worklists,
    wrong_shipments,
)
from services.orders.settings import OrdersSettings
from shared.log.reader import Subscription
from shared.registry.subscription import registry_subscription
from shared.runtime import Service
from shared.web.receipts import receipts_router

SERVICE = Service(
    name="orders",
    settings=OrdersSettings,
    routers=(
        rows.router,
        lists.router,
        changes.router,
        steps.router,
        many.router,
        sending.router,
        documents.router,
        parcels.router,
        tracking.router,
        notes.router,
        alterations.router,
        problems.router,
        after_sales.router,
        disputes.router,
        wrong_shipments.router,
        refunds.router,
        worklists.router,
        freight.router,
        quoting.router,
        pricing.router,
        settlements.router,
        invoices.router,
        custom.router,
        archive.router,
        receipts_router("orders", "orders:read", find_receipt, find_last_receipt),
    ),
    subscriptions=(
        registry_subscription("orders"),
        Subscription(READER, ("inventory",), APPLIER),
    ),
    clocks=CLOCKS,
    workers=workers,
)
