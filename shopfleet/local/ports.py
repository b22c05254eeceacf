"""Ports on the loopback interface that nobody listens on."""

import random
import socket

LOOPBACK = "127.0.0.1"
CHOICE = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections: one of those could take a port for
itself while the process that listens on it is being started again."""


def free_port(preferred: int | None = None) -> int:
    """Give `preferred` if nothing listens there, else a random one on which nothing listens.

    Nothing is reserved: another process may take the port before the caller listens on it.
    """
    if preferred is not None and _is_free(preferred):
        return preferred
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Give so many different random ports on which nothing listens; nothing is reserved."""
    candidates = random.sample(CHOICE, len(CHOICE))
    found = [port for port, _ in zip(filter(_is_free, candidates), range(count), strict=False)]
    if len(found) < count:
        raise OSError(f"no {count} free ports among {CHOICE.start} to {CHOICE.stop}")
    return found


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do, else a port with connections in TIME_WAIT would count as taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
