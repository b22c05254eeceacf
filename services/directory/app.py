"""Directory's wiring."""

from fastapi import FastAPI

from services.directory.routes import accounts, credentials, stores
from services.directory.settings import DirectorySettings
from services.directory.usecases.seeding import seed
from shared.crypto import Sealer
from shared.db.engine import Database
from shared.runtime import Service
from shared.web.authenticator import build_authenticator
from shared.web.callers import Caller

BOOTSTRAP = Caller(name="bootstrap", scopes=frozenset({"admin"}))


async def set_up(application: FastAPI, database: Database) -> None:
    """Make what an installation starts with, and know the secret of its first accounts.

    Directory's own replica is written with its rows, so an unknown credential is refused at once.
    """
    settings: DirectorySettings = application.state.settings
    secret = settings.internal_secret.get_secret_value()
    application.state.key_sealer = Sealer(secret.encode(), "signing keys")
    bootstrap = settings.bootstrap_secret.get_secret_value()
    application.state.authenticator = build_authenticator(
        database,
        settings,
        secrets={bootstrap: BOOTSTRAP} if bootstrap else {},
        patience=0,
    )
    async with database.transaction() as session:
        await seed(session, application.state.key_sealer)


SERVICE = Service(
    name="directory",
    settings=DirectorySettings,
    routers=(stores.router, accounts.router, credentials.router),
    setup=set_up,
)
