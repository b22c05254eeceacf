"""Identifiers that sort by the time they were made."""

import os
import time
from uuid import UUID


def new_uuid() -> UUID:
    """Return a version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_id(prefix: str) -> str:
    """Return `prefix_` and 32 hexadecimal digits, unique and sortable by creation time."""
    return f"{prefix}_{new_uuid().hex}"
