"""The outermost layer: request id, trace, log context, metrics, and the answer to a failure."""

import re
import secrets
import time
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from shared.observability.http_metrics import count_request
from shared.observability.trace import accept_traceparent, current_trace
from shared.web.problems import failure, problem

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestContext:
    """Gives each request its id and trace, answers them, and leaves no error without a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; a failure after the answer began is raised to the server."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        token = current_trace.set(exchange.traceparent)
        try:
            with bound_contextvars(request_id=exchange.request_id):
                await self._answer(exchange, receive)
        finally:
            current_trace.reset(token)
            exchange.count()

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> None:
        scope = exchange.scope
        if _has_nul(scope):
            detail = "The address holds a NUL character."
            refusal = problem(Request(scope), 400, "bad-parameter", detail)
            await refusal(scope, receive, exchange.send)
            return
        try:
            await self.app(scope, receive, exchange.send)
        except Exception as error:
            if exchange.has_begun:
                raise
            answer = failure(Request(scope), error)
            await answer(scope, receive, exchange.send)


class _Exchange:
    """One request and what is known of its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self.scope = scope
        self.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        self.traceparent = accept_traceparent(headers.get("traceparent"))
        self.has_begun = False
        self._send = send
        self._status = 500
        self._started = time.perf_counter()
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer; the first carries the ids."""
        if message["type"] == "http.response.start":
            self.has_begun = True
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            headers["traceparent"] = self.traceparent
        await self._send(message)

    def count(self) -> None:
        """Count the request under its route's template."""
        route = getattr(self.scope.get("route"), "path", None)
        seconds = time.perf_counter() - self._started
        count_request(route, self.scope["method"], self._status, seconds)


def _has_nul(scope: Scope) -> bool:
    # PostgreSQL has no NUL in a text; a body can't carry a raw one, `Body` refuses the escaped
    query: bytes = scope["query_string"]
    return "\0" in scope["path"] or b"\0" in unquote_to_bytes(query)
