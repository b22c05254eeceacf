"""Verifying webhooks (Standard Webhooks 1.0): that they are ours, whole and not replayed."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping

TOLERANCE_SECONDS = 300.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - it says that a secret follows
VERSION = "v1"


class WebhookError(Exception):
    """The message is not to be trusted; the text says why, for a log."""


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Iterable[str],
    *,
    now: float | None = None,
) -> str:
    """Return the message's id, which stays the same when it is sent again; raises WebhookError.

    `secrets` is the endpoint's `whsec_…` secret, or the two of a rotation. Names of headers may be
    written in any case. `body` is what arrived, before any parsing; a message older or newer than
    five minutes is refused.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, moment, signatures = (
            found[f"webhook-{part}"] for part in ("id", "timestamp", "signature")
        )
    except KeyError as error:
        raise WebhookError(f"there is no header {error.args[0]}") from None
    _demand_recent(moment, time.time() if now is None else now)
    signed = f"{message_id}.{moment}.".encode() + body
    valid = [secrets] if isinstance(secrets, str) else secrets
    expected = [_signature(secret, signed) for secret in valid]
    given = [part.partition(",") for part in signatures.split()]
    for version, _, signature in given:
        if version == VERSION and any(
            hmac.compare_digest(signature.encode(), wanted) for wanted in expected
        ):
            return message_id
    raise WebhookError("no signature fits")


def _demand_recent(moment: str, now: float) -> None:
    if not (moment.isascii() and moment.isdecimal()):
        raise WebhookError("the timestamp is no number of seconds")
    if abs(now - int(moment)) > TOLERANCE_SECONDS:
        raise WebhookError("the timestamp is too far from now")


def _signature(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:  # binascii's among them
        raise WebhookError("the secret is not base64") from None
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
