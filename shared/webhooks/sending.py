"""One attempt: a POST to an address that was checked, without redirects, within the timeout."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx

from shared.webhooks.addresses import AddressRefusedError, AddressRules, parse_url, resolve
from shared.webhooks.addresses import WebhookUrlError as UrlError
from shared.webhooks.judging import Answer, read_retry_after
from shared.webhooks.queue import Message
from shared.webhooks.signing import signed_headers

MAX_EXCERPT = 200  # characters of an answer's body that are kept, of a refusal only
_READ_BYTES = 1024

Send = Callable[[Message, Sequence[str], datetime], Awaitable[Answer]]
"""Makes an attempt with the secrets that are valid; returns how it ended and never raises."""


class Sender:
    """Sends messages over HTTP; every connection is its own, to an address that was looked up once.

    A connection that is kept could be used for another host at the same address, whose certificate
    nobody checked. Proxies of the environment are not asked: they would look names up themselves.
    """

    def __init__(self, rules: AddressRules, *, timeout_seconds: float) -> None:
        self._rules = rules
        self._seconds = timeout_seconds
        self._client = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, message: Message, secrets: Sequence[str], now: datetime) -> Answer:
        """Make one attempt; return how it ended, whatever happens."""
        body = message.body or b""
        timestamp = int(now.timestamp())
        headers = signed_headers(message.message_id, timestamp, body, secrets=secrets)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._post(message.url, headers, body, now)
        except TimeoutError:
            answer = Answer(at=now, error=f"no answer within {self._seconds:g} s")
        except (AddressRefusedError, UrlError) as error:
            answer = Answer(at=now, error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever a stranger's server provokes
            answer = Answer(at=now, error=_named(error))
        seconds = time.monotonic() - begun
        return Answer(
            at=now,
            seconds=seconds,
            status=answer.status,
            error=answer.error,
            excerpt=answer.excerpt,
            retry_after=answer.retry_after,
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _post(self, text: str, headers: dict[str, str], body: bytes, now: datetime) -> Answer:
        url = parse_url(text, self._rules)
        addresses = await resolve(url, self._rules)
        for address in addresses[:-1]:
            try:
                return await self._call(url, address, headers, body, now)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent; the host has another address
        return await self._call(url, addresses[-1], headers, body, now)

    async def _call(
        self, url: httpx.URL, address: str, headers: dict[str, str], body: bytes, now: datetime
    ) -> Answer:
        host = url.netloc.decode()
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={
                **headers,
                "host": host,
                "content-type": "application/json",
                "user-agent": "Shopfleet-Webhooks/1",
                "connection": "close",
            },
            extensions={"sni_hostname": url.raw_host.decode()},
        )
        response = await self._client.send(request, stream=True)
        try:
            return Answer(
                at=now,
                status=response.status_code,
                excerpt=None if response.is_success else await _excerpt_of(response),
                retry_after=read_retry_after(response.headers.get("retry-after"), now),
            )
        finally:
            await response.aclose()


async def _excerpt_of(response: httpx.Response) -> str | None:
    """Read the beginning of an answer; the rest is not even fetched."""
    read = b""
    try:
        async for part in response.aiter_raw():
            read += part
            if len(read) >= _READ_BYTES:
                break
    except httpx.HTTPError:
        pass  # the status has come, which is what counts
    text = read[:_READ_BYTES].decode(errors="replace").replace("\0", "")
    return text[:MAX_EXCERPT] or None


def _named(error: Exception) -> str:
    words = str(error).replace("\0", "")
    return f"{type(error).__name__}: {words}"[:MAX_EXCERPT]
