"""Tokens of the company's identity provider, verified by its published keys."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from shared.contracts.directory import RoleStated, StaffStated
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.registry.replica import keep
from shared.web.authenticator import (
    RegistryAuthenticator,
    build_authenticator,
)
from shared.web.callers import UnauthenticatedError
from shared.web.oidc import ProviderUnreachableError
from tests.support.applications import a_token, some_settings
from tests.support.databases import Databases, database_for

SECRET = "0123456789abcdef" * 4
COMPANY_KEY = generate_private_key(SECP256R1())
COMPANY = {"oidc_issuer": "https://login.example", "oidc_audience": "shopfleet"}


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        await a_token(database)
        yield database


async def tell(database: Database, *events: Event) -> None:
    async with database.transaction() as session:
        for event in events:
            await keep(session, event)


def some_staff(staff_number: str, *roles: str, **values: Any) -> StaffStated:
    return StaffStated(
        **{
            "occurred_at": utc_now(),
            "staff_number": staff_number,
            "name": "x",
            "roles": list(roles),
            "stores": None,
            "is_enabled": True,
            "version": 1,
            **values,
        }
    )


def a_role(role: str, *scopes: str, version: int = 1) -> RoleStated:
    return RoleStated(
        occurred_at=utc_now(), role=role, names={}, scopes=list(scopes), version=version
    )


async def expect_refused(authenticator: RegistryAuthenticator, credential: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await authenticator.authenticate(credential)


class _Keys(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        public = jwt.get_algorithm_by_name("ES256").to_jwk(COMPANY_KEY.public_key(), as_dict=True)
        body = json.dumps({"keys": [{**public, "kid": "company", "use": "sig"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
        server.shutdown()
        thread.join()


def a_company_token(**claims: Any) -> str:
    body = {
        "iss": COMPANY["oidc_issuer"],
        "aud": COMPANY["oidc_audience"],
        "sub": "u-1",
        "staff_number": "S-company",
        "scope": "openid profile",
        "exp": utc_now() + timedelta(minutes=5),
        **claims,
    }
    return jwt.encode(body, COMPANY_KEY, "ES256", headers={"kid": "company"})


async def test_companys_token_is_the_member_of_staff_it_names(
    database: Database, provider: str
) -> None:
    await tell(database, a_role("reader", "orders:read"), some_staff("S-company", "reader"))
    settings = some_settings(database, oidc_jwks_url=provider, **COMPANY)
    authenticator = build_authenticator(database, settings, patience=0)

    caller = await authenticator.authenticate(a_company_token())
    own = await authenticator.authenticate(await a_token(database, scopes=["cs:read"]))

    assert caller.name == "S-company"
    assert caller.scopes == {"orders:read"}
    assert own.scopes == {"cs:read"}
    for token in (
        a_company_token(aud="another"),
        a_company_token(iss="another"),
        a_company_token(staff_number="S-unknown"),
        a_company_token(exp=1),
        jwt.encode({"sub": "x"}, COMPANY_KEY, "ES256", headers={"kid": "unknown"}),
    ):
        await expect_refused(authenticator, token)


async def test_unreachable_provider_is_no_refusal(database: Database) -> None:
    settings = some_settings(database, oidc_jwks_url="http://127.0.0.1:9/keys", **COMPANY)
    authenticator = build_authenticator(database, settings, patience=0)

    with pytest.raises(ProviderUnreachableError):
        await authenticator.authenticate(a_company_token())
