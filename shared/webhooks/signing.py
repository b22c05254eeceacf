"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, moment of the attempt and body."""

import base64
import hmac
import secrets
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105 - it says that a secret follows
VERSION = "v1"
_SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """Return a random secret as receivers are given it: `whsec_` and base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_of(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the signature in base64; `timestamp` is in seconds since the epoch."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return f"{VERSION},{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def signed_headers(
    message_id: str, timestamp: int, body: bytes, *, secrets: Sequence[str]
) -> dict[str, str]:
    """Return the three headers of a message, with a signature by each secret that is valid."""
    signatures = [signature_of(secret, message_id, timestamp, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
