"""W3C trace context: the current request's `traceparent`, carried into events and logs."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

current_trace: ContextVar[str | None] = ContextVar("current_trace", default=None)
"""The traceparent of what is being done in this task, None outside of any."""


def new_traceparent() -> str:
    """Return a fresh, sampled traceparent."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def accept_traceparent(given: str | None) -> str:
    """Return the caller's traceparent with a span of ours, or a fresh one if it is malformed."""
    if given is None or not _TRACEPARENT.fullmatch(given):
        return new_traceparent()
    version, trace, _, flags = given.split("-")
    return f"{version}-{trace}-{secrets.token_hex(8)}-{flags}"
