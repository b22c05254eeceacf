"""Reasons of refunds and after-sale cases: a bounded set, so that rows by reason are bounded."""

OTHER = "other"

REASONS = (
    "quality",
    "damaged",
    "wrong_goods",
    "missing",
    "wrong_size",
    "not_as_described",
    "unwanted",
    "late",
    "lost",
    OTHER,
)
"""The kinds of reason that have rows of their own."""

_KNOWN = {reason: reason for reason in REASONS}


def reason_of(kind: str) -> str:
    """Return a kind of reason, `other` for one that is not known."""
    return _KNOWN.get(kind, OTHER)
