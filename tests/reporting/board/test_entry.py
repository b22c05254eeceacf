"""The door of the board: who comes in, where they are sent, what stays private."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.reporting.board.entry import Door, safe_target
from services.reporting.board.language import Language
from services.reporting.board.sessions import COOKIE, LANGUAGE_COOKIE, Sessions
from services.reporting.board.sign_in_page import sign_in_page
from shared.db.engine import Database
from shared.registry.replica import discard_registry
from shared.web.authenticator import build_authenticator
from tests.support.applications import a_token, some_settings


@pytest.fixture
async def visitor(reporting_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the door, behind which stands a page that tells the sealed token."""
    authenticator = build_authenticator(
        reporting_database, some_settings(reporting_database), patience=0
    )
    sessions = Sessions(authenticator, b"secret")
    door = Door(sessions)

    async def board(request: Request) -> Response:
        given = request.query_params.get("token")
        if given is not None:
            return await door.admit(request, given)
        found = sessions.open(request.cookies.get(COOKIE))
        return Response(found) if found else door.refuse(request)

    application = Starlette(routes=[Route("/board", board), *door.routes()])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
        yield client


async def test_stranger_sees_the_sign_in_page(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/board", headers={"accept-language": "zh-CN"})

    assert answer.status_code == 401
    assert "访问令牌" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_who_comes_too_early_is_asked_to_try_again(
    visitor: httpx.AsyncClient, reporting_database: Database
) -> None:
    token = await a_token(reporting_database, scopes=["reports:read"])
    authenticator = build_authenticator(reporting_database, some_settings(reporting_database))
    visitor.cookies.set(COOKIE, Sessions(authenticator, b"secret").seal(token))  # from yesterday
    async with reporting_database.transaction() as session:
        await discard_registry(session)

    answer = await visitor.post("/board/session", data={"token": token})
    again = await visitor.get("/board", params={"token": token})

    for early in (answer, again):
        assert (early.status_code, early.headers["retry-after"]) == (503, "1")
        assert "still starting" in early.text
        assert "set-cookie" not in early.headers
    assert (await visitor.get("/board")).text == token


async def test_pasted_token_opens_the_board(
    visitor: httpx.AsyncClient, reporting_database: Database
) -> None:
    token = await a_token(reporting_database, scopes=["reports:read"])

    answer = await visitor.post(
        "/board/session", data={"token": f" {token}\n", "next": "/board/stores/s1"}
    )
    inside = await visitor.get("/board")

    assert (answer.status_code, answer.headers["location"]) == (303, "/board/stores/s1")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert "Path=/board" in answer.headers["set-cookie"]
    assert inside.text == token


async def test_token_leaves_the_address(
    visitor: httpx.AsyncClient, reporting_database: Database
) -> None:
    token = await a_token(reporting_database, scopes=["reports:read"])

    answer = await visitor.get("/board", params={"token": token})

    assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert token not in str(answer.headers)


@pytest.mark.parametrize(
    ("scopes", "reason"), [(["orders:read"], "reports:read"), (None, "revoked")]
)
async def test_refusal_says_why(
    visitor: httpx.AsyncClient,
    reporting_database: Database,
    scopes: list[str] | None,
    reason: str,
) -> None:
    token = await a_token(reporting_database, scopes=scopes) if scopes else "sf_no_key"

    answer = await visitor.post("/board/session", data={"token": token})

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert reason in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_other_sites_cannot_sign_anybody_in(
    visitor: httpx.AsyncClient, reporting_database: Database
) -> None:
    token = await a_token(reporting_database, scopes=["reports:read"])

    answer = await visitor.post(
        "/board/session", data={"token": token}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_signing_out_ends_the_session(
    visitor: httpx.AsyncClient, reporting_database: Database
) -> None:
    token = await a_token(reporting_database, scopes=["reports:read"])
    await visitor.post("/board/session", data={"token": token})

    answer = await visitor.post("/board/session/end")
    after = await visitor.get("/board")

    assert answer.status_code == 200
    assert after.status_code == 401


async def test_chosen_language_is_kept(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/board/language/zh", params={"next": "/board/stores/s1"})
    page = await visitor.get("/board", headers={"accept-language": "en"})

    assert answer.headers["location"] == "/board/stores/s1"
    assert visitor.cookies[LANGUAGE_COOKIE] == "zh"
    assert '<html lang="zh-CN">' in page.text


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/board", "/board/../v1", "/board?next=x", "/boarding",
     "/board\\evil", "/board/stores/a/b", "javascript:alert(1)", ""],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(target: str) -> None:
    assert safe_target(target) == "/board"


@pytest.mark.parametrize(
    "page", ["/board/stores/s%201", "/board/after-sale", "/board/after-sale/stores/s%201"]
)
def test_pages_of_the_board_are_targets(page: str) -> None:
    assert safe_target(page) == page


def test_page_escapes_what_it_is_given() -> None:
    page = sign_in_page(Language.EN, '/board/stores/"><script>')

    assert "<script>" not in page
