"""Where webhooks may go: URLs that are well-formed, hosts whose addresses are public (SSRF)."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx

from shared.kernel.refusals import InvalidError
from shared.settings import ServiceSettings

MAX_URL = 2000  # characters
_LOOKUP_SECONDS = 3.0
_LAST_PORT = 65_535
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookUrlError(InvalidError):
    """A webhook's URL that is malformed, not HTTPS, unknown, or leads into a private network."""

    kind = "webhook-url-refused"


class AddressRefusedError(Exception):
    """The host is unknown, or one of its addresses is none that webhooks may go to."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What an installation allows: plain HTTP, and loopback, private and link-local addresses."""

    allows_http: bool = False
    allows_private: bool = False

    @classmethod
    def of(cls, settings: ServiceSettings) -> "AddressRules":
        """Return what the settings allow."""
        return cls(settings.webhooks_http, settings.webhooks_private)


def parse_url(text: str, rules: AddressRules) -> httpx.URL:
    """Return a URL as it will be called, read by the client that calls it.

    Raises `WebhookUrlError`.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise WebhookUrlError(f"This is no URL: {error}.", pointer="/url") from None
    schemes = {"https", "http"} if rules.allows_http else {"https"}
    if url.scheme not in schemes or not url.host:
        detail = f"A webhook's URL begins with {' or '.join(sorted(schemes))} and names a host."
        raise WebhookUrlError(detail, pointer="/url")
    is_plain = text.isprintable() and 0 < (url.port or _PORTS[url.scheme]) <= _LAST_PORT
    if url.userinfo or url.fragment or len(text) > MAX_URL or not is_plain:
        detail = f"A webhook's URL has no account, no fragment, and {MAX_URL} characters at most."
        raise WebhookUrlError(detail, pointer="/url")
    return url


def is_public(text: str) -> bool:
    """Say whether an address is one of the public internet, looking through what wraps IPv4."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = wrapped or address
    return address.is_global and not address.is_multicast


async def resolve(url: httpx.URL, rules: AddressRules) -> list[str]:
    """Return the addresses of a URL's host; connect to these, for the next answer may differ.

    One address that is not public is enough to refuse the host. Raises `AddressRefusedError`.
    """
    host, port = url.raw_host.decode(), url.port or _PORTS[url.scheme]
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError):  # a name too long is no name
        raise AddressRefusedError(f"the host {host} is not known") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses:
        raise AddressRefusedError(f"the host {host} has no address")
    if not rules.allows_private and not all(map(is_public, addresses)):
        raise AddressRefusedError(f"the host {host} is not on the public internet")
    return addresses


async def demand_reachable(url: httpx.URL, rules: AddressRules) -> None:
    """Raise `WebhookUrlError` unless the URL's host may be called now."""
    try:
        await resolve(url, rules)
    except AddressRefusedError as error:
        raise WebhookUrlError(f"Webhooks can't go there: {error}.", pointer="/url") from None
