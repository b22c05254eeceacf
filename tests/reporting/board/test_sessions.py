"""Board sessions: sealed, unforgeable, verified by the authenticator."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.board.sessions import CredentialTooLongError, Sessions
from shared.db.engine import Database
from shared.web.authenticator import build_authenticator
from shared.web.callers import ScopeMissingError, UnauthenticatedError
from tests.support.applications import a_token, some_settings


def sessions_on(database: Database, secret: bytes = b"one secret") -> Sessions:
    authenticator = build_authenticator(database, some_settings(database), patience=0)
    return Sessions(authenticator, secret)


async def test_cookie_gives_back_its_credential_and_does_not_show_it(
    reporting_database: Database,
) -> None:
    sessions = sessions_on(reporting_database)
    token = await a_token(reporting_database)

    cookie = sessions.seal(token)

    assert sessions.open(cookie) == token
    assert token not in cookie
    assert sessions.seal(token) != cookie


async def test_cookie_of_another_secret_is_none(reporting_database: Database) -> None:
    cookie = sessions_on(reporting_database, b"another secret").seal("token")

    assert sessions_on(reporting_database).open(cookie) is None


@given(st.none() | st.text(max_size=60))
def test_nonsense_is_no_session(reporting_database: Database, cookie: str | None) -> None:
    assert sessions_on(reporting_database).open(cookie) is None


async def test_credential_no_cookie_can_hold_is_refused(reporting_database: Database) -> None:
    noise = Random(7).randbytes(4_000).hex()

    with pytest.raises(CredentialTooLongError):
        sessions_on(reporting_database).seal(noise)


async def test_token_of_three_hundred_stores_fits(reporting_database: Database) -> None:
    stores = [f"store-{number}" for number in range(300)]
    token = await a_token(reporting_database, scopes=["reports:read"], stores=stores)

    sessions = sessions_on(reporting_database)

    assert sessions.open(sessions.seal(token)) == token


async def test_only_who_may_read_reports_is_let_in(reporting_database: Database) -> None:
    sessions = sessions_on(reporting_database)
    reader = await a_token(reporting_database, scopes=["reports:read"], stores=["s1"])
    seller = await a_token(reporting_database, scopes=["orders:read"])

    caller = await sessions.verify(reader)

    assert caller.stores == frozenset({"s1"})
    with pytest.raises(ScopeMissingError):
        await sessions.verify(seller)
    with pytest.raises(UnauthenticatedError):
        await sessions.verify("nobody's token")
