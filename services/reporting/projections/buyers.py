"""The id under which a buyer is kept: 128 bits of the keyed hash in the event."""

import hashlib

_DIGITS = 32


def buyer_id(buyer_key: str) -> str:
    """Return 32 hexadecimal digits that stand for a buyer's key.

    A key is a hash already and only cut; what is not one (a foreign source's own key) is hashed.
    """
    head = buyer_key[:_DIGITS]
    try:
        if len(bytes.fromhex(head)) * 2 == _DIGITS:
            return head
    except ValueError:
        pass
    return hashlib.blake2b(buyer_key.encode(), digest_size=_DIGITS // 2).hexdigest()
