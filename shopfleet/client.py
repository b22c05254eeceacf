"""The Python client, sync and async, for the requests that `shopfleet.calls` builds.

with Client("https://shops.example", token=token) as shopfleet:
    answer = shopfleet.send(calls.place_orders(rows))
    for order in shopfleet.iterate(calls.find_orders(stores=["s1"])):
        ...
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import httpx

from shopfleet.addresses import Addresses, addresses_of
from shopfleet.calls import Call
from shopfleet.outcomes import Page
from shopfleet.problems import UnexpectedAnswerError, UnreachableError, error_of
from shopfleet.retrying import Attempts, RetryPolicy

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0
CONNECT_SECONDS = 5.0
USER_AGENT = "shopfleet-python/0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a client behaves: its retries, its timeouts and, for tests, what carries requests."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout_seconds: float = TIMEOUT_SECONDS
    connections: int = 16


class Client:
    """Sends calls and waits for the answers; safe to share between threads.

    `url` is one base URL for all services, or a mapping with one per service.
    """

    def __init__(
        self,
        url: str | Addresses,
        *,
        token: str | None,
        options: Options | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options or Options()
        self._addresses = addresses_of(url) if isinstance(url, str) else url
        self._sleep = sleep
        self._http = httpx.Client(transport=transport, **_http_settings(self._options, token))

    def send(self, call: Call[T]) -> T:
        """Send a call, again if it fails for a while, and return what its answer holds.

        Raises ProblemError when the API refuses, UnreachableError when nothing answers,
        UnexpectedAnswerError when something else than the API answers.
        """
        attempts = Attempts(self._options.retry, is_repeatable=call.is_repeatable)
        while True:
            outcome = self._try(call)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return finish(call, outcome)
            self._sleep(pause)

    def iterate(self, call: Call[Page]) -> Iterator[dict[str, Any]]:
        """Yield the items of a list over all its pages."""
        while True:
            page = self.send(call)
            yield from page.items
            if page.next_cursor is None:
                return
            call = call.with_query(cursor=page.next_cursor)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _try(self, call: Call[T]) -> httpx.Response | httpx.TransportError:
        try:
            return self._http.request(**_request(self._addresses, call))
        except httpx.TransportError as error:
            return error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """Like Client, for asyncio: many calls may be in flight at once."""

    def __init__(
        self,
        url: str | Addresses,
        *,
        token: str | None,
        options: Options | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._options = options or Options()
        self._addresses = addresses_of(url) if isinstance(url, str) else url
        self._http = httpx.AsyncClient(transport=transport, **_http_settings(self._options, token))

    async def send(self, call: Call[T]) -> T:
        """Send a call as Client.send does."""
        attempts = Attempts(self._options.retry, is_repeatable=call.is_repeatable)
        while True:
            outcome = await self._try(call)
            pause = attempts.pause_after(outcome)
            if pause is None:
                return finish(call, outcome)
            await asyncio.sleep(pause)

    async def iterate(self, call: Call[Page]) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list over all its pages."""
        while True:
            page = await self.send(call)
            for item in page.items:
                yield item
            if page.next_cursor is None:
                return
            call = call.with_query(cursor=page.next_cursor)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _try(self, call: Call[T]) -> httpx.Response | httpx.TransportError:
        try:
            return await self._http.request(**_request(self._addresses, call))
        except httpx.TransportError as error:
            return error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def finish(call: Call[T], outcome: httpx.Response | httpx.TransportError) -> T:
    """Turn the last outcome of a call into its result or its error."""
    if isinstance(outcome, httpx.TransportError):
        reason = str(outcome) or type(outcome).__name__
        raise UnreachableError(f"{call.service} does not answer: {reason}") from outcome
    if not outcome.is_success:
        raise error_of(outcome)
    try:
        return call.read(outcome)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{call.method} {outcome.url} answered {outcome.status_code}"
        raise UnexpectedAnswerError(f"{what}, but not what the API promises: {error!r}") from error


def _http_settings(options: Options, token: str | None) -> dict[str, Any]:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    limits = httpx.Limits(max_connections=options.connections)
    timeout = httpx.Timeout(options.timeout_seconds, connect=CONNECT_SECONDS)
    return {"headers": headers, "timeout": timeout, "limits": limits}


def _request(addresses: Addresses, call: Call[Any]) -> Mapping[str, Any]:
    if call.service not in addresses:
        raise UnreachableError(f"no address is known for the service {call.service}")
    return {
        "method": call.method,
        "url": addresses[call.service] + call.path,
        "params": call.query,
        "headers": call.headers,
        "content": call.content,
    }
