"""Applications of services as tests call them: over ASGI, with real tokens."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, FastAPI

from services.directory.thresholds.catalogue import effective
from shared.contracts.directory import RoleStated, SigningKeyStated, StaffStated, StoreStated
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.registry.replica import keep
from shared.runtime import Service
from shared.settings import ServiceSettings
from shared.web.application import build_application
from shared.web.authenticator import ALGORITHM, ISSUER, build_authenticator

INTERNAL_SECRET = "the internal secret of the tests"
PII_KEY = base64.b64encode(bytes(range(32))).decode()
KID = "test"
REVOKED_SECONDS = 5.0  # a revocation holds within a second; a busy machine asks less often
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def some_settings(database: Database, **values: Any) -> ServiceSettings:
    """Settings of a service in a test."""
    return ServiceSettings(**_values(database, values))


def _values(database: Database, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "database_url": database.url.render_as_string(hide_password=False),
        "internal_secret": INTERNAL_SECRET,
        "pii_key": PII_KEY,
        **values,
    }


def application_of(
    service: str, database: Database, routers: Sequence[APIRouter], **settings: Any
) -> FastAPI:
    """The application of a service, as in production but for its lifespan and settings."""
    chosen = some_settings(database, **settings)
    return build_application(
        service,
        routers=routers,
        database=database,
        authenticator=build_authenticator(database, chosen, patience=0),
        settings=chosen,
    )


async def application_of_service(service: Service, database: Database, **settings: Any) -> FastAPI:
    """The application of a service as its own wiring makes it, its setup done."""
    chosen = service.settings(**_values(database, settings))
    application = build_application(
        service.name,
        routers=service.routers,
        database=database,
        authenticator=build_authenticator(database, chosen, patience=0),
        settings=chosen,
    )
    if service.setup is not None:
        await service.setup(application, database)
    return application


@asynccontextmanager
async def calling(
    application: FastAPI, token: str | None = None, **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application; its errors are answers, as behind a server."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://service", headers=headers
    ) as client:
        yield client


@asynccontextmanager
async def an_application(
    service: str,
    database: Database,
    routers: Sequence[APIRouter],
    *,
    scopes: Iterable[str] = ("admin",),
    stores: Iterable[str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service whose caller has these scopes and stores."""
    application = application_of(service, database, routers, **(settings or {}))
    token = await a_token(database, scopes=scopes, stores=stores)
    async with calling(application, token) as client:
        yield client


async def a_token(
    database: Database,
    *,
    scopes: Iterable[str] = ("admin",),
    stores: Iterable[str] | None = None,
    expires_in: timedelta = timedelta(hours=1),
    **claims: Any,
) -> str:
    """A signed token of a member of staff whom the service's replica knows.

    The staff number follows from scopes and stores, so the same ones are the same person.
    """
    granted = sorted(scopes)
    seen = None if stores is None else sorted(stores)
    mark = hashlib.sha256(repr((granted, seen)).encode()).hexdigest()[:8]
    role, staff_number, moment = f"role-{mark}", f"S-{mark}", utc_now()
    public = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(SIGNING_KEY.public_key(), as_dict=True)
    async with database.transaction() as session:
        for event in (
            SigningKeyStated(occurred_at=moment, kid=KID, jwk=public, is_revoked=False),
            RoleStated(occurred_at=moment, role=role, names={}, scopes=granted, version=1),
            StaffStated(
                occurred_at=moment,
                staff_number=staff_number,
                name="Test",
                roles=[role],
                stores=seen,
                is_enabled=True,
                version=1,
            ),
        ):
            await keep(session, event)
    body = {"iss": ISSUER, "sub": staff_number, "exp": moment + expires_in, **claims}
    return jwt.encode(body, SIGNING_KEY, ALGORITHM, headers={"kid": KID})


async def open_store(database: Database, store_id: str = "s1", **values: Any) -> StoreStated:
    """Let a service's replica know a store."""
    stated = StoreStated(
        **{
            "occurred_at": utc_now(),
            "store_id": store_id,
            "name": f"Store {store_id}",
            "platform": "tmall",
            "timezone": "Asia/Shanghai",
            "day_start": 0,
            "currency": "CNY",
            "groups": [],
            "is_open": True,
            "settings": effective({}),
            "version": 1,
            **values,
        }
    )
    async with database.transaction() as session:
        await keep(session, stated)
    return stated
