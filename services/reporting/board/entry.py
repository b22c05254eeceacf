"""The door of the board: sign-in page, sign-in, sign-out, language."""

import re
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from services.reporting.board.language import Language, choose_language
from services.reporting.board.sessions import (
    COOKIE,
    COOKIE_SECONDS,
    LANGUAGE_COOKIE,
    PATH,
    CredentialTooLongError,
    Sessions,
)
from services.reporting.board.sign_in_page import sign_in_page
from shared.web.authenticator import RegistryAwaitedError
from shared.web.callers import ScopeMissingError, UnauthenticatedError

SEE_OTHER = 303
_YEAR_SECONDS = 365 * 86_400
_PAGES = re.compile(r"/board(/after-sale)?(/stores/[^/?#\\]{1,200})?")

TURNED_AWAY = (
    CredentialTooLongError,
    RegistryAwaitedError,
    ScopeMissingError,
    UnauthenticatedError,
)
"""What a credential may fail by."""


class Door:
    """Lets people in and out; its routes stand beside the board's pages."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def routes(self) -> list[Route]:
        """Return the routes, for the application that serves the board."""
        return [
            Route(f"{PATH}/session", self._sign_in, methods=["POST"]),
            Route(f"{PATH}/session/end", self._sign_out, methods=["POST"]),
            Route(f"{PATH}/language/{{language}}", self._speak, methods=["GET"]),
        ]

    async def admit(self, request: Request, credential: str, target: str = PATH) -> Response:
        """Sign somebody in and send them on, or show the sign-in page with what is wrong."""
        try:
            await self._sessions.verify(credential)
            cookie = self._sessions.seal(credential)
        except TURNED_AWAY as error:
            return self.turn_away(request, error, path=target)
        answer = RedirectResponse(safe_target(target), SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_SECONDS,
            path=PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return _private(answer)

    def refuse(self, request: Request, reason: str | None = None, *, path: str = PATH) -> Response:
        """Return the sign-in page, 401, with the reason, and forget a session that is no more.

        Signing in leads on to `path`.
        """
        page = sign_in_page(language_of(request), safe_target(path), reason)
        answer = HTMLResponse(page, status_code=401)
        if COOKIE in request.cookies:
            answer.delete_cookie(COOKIE, path=PATH)
        return _private(answer)

    def turn_away(
        self, request: Request, error: Exception, *, path: str, was_inside: bool = False
    ) -> Response:
        """Return the sign-in page with the reason, one of `TURNED_AWAY`.

        While nobody is known yet it is 503, and whoever is signed in stays so.
        """
        if isinstance(error, RegistryAwaitedError):
            page = sign_in_page(language_of(request), safe_target(path), "awaited")
            return _private(HTMLResponse(page, status_code=503, headers={"Retry-After": "1"}))
        reason = "refused_ended" if was_inside else "refused_credential"
        if isinstance(error, ScopeMissingError):
            reason = "refused_scope"
        return self.refuse(request, reason, path=path)

    async def _sign_in(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site") == "cross-site":
            return self.refuse(request)
        form = parse_qs((await request.body()).decode(errors="replace"))
        credential = form.get("token", [""])[0].strip()
        return await self.admit(request, credential, form.get("next", [PATH])[0])

    async def _sign_out(self, request: Request) -> Response:
        answer = HTMLResponse(sign_in_page(language_of(request), PATH, "signed_out"))
        answer.delete_cookie(COOKIE, path=PATH)
        return _private(answer)

    async def _speak(self, request: Request) -> Response:
        chosen = choose_language(request.path_params["language"], None)
        answer = RedirectResponse(safe_target(request.query_params.get("next", PATH)), SEE_OTHER)
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, path=PATH, samesite="lax", httponly=True
        )
        return answer


def language_of(request: Request) -> Language:
    """Return the language of a visitor: the kept one, else the browser's."""
    return choose_language(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language")
    )


def safe_target(path: str) -> str:
    """Return the path if it is a page of the board, else the board: nobody is sent elsewhere."""
    return path if _PAGES.fullmatch(path) else PATH


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
