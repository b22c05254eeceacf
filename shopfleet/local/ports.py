"""Ports on the loopback interface that nobody listens on, nor another process is about to."""

import random
import socket

LOOPBACK = "127.0.0.1"
CHOICE = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections: one of those could take a port for
itself while the process that listens on it is being started again."""

_claims: dict[int, int] = {}
"""The ports that this process has given out, each with the descriptor of a datagram socket of the
same number: nobody sends there, and the system frees it when the process ends, however it does."""


def free_port(preferred: int | None = None) -> int:
    """Give `preferred` if it is free, else a random port that is.

    It is claimed for this process until that ends: no other that asks here is given it, even while
    nobody listens on it. Raises `OSError` if there is none.
    """
    if preferred is not None and _is_free(preferred) and _claim(preferred):
        return preferred
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Give so many different random ports, claimed as by `free_port`; raises `OSError`."""
    found: list[int] = []
    for port in random.sample(CHOICE, len(CHOICE)):
        if len(found) == count:
            break
        if port not in _claims and _is_free(port) and _claim(port):
            found.append(port)
    if len(found) < count:
        raise OSError(f"no {count} free ports among {CHOICE.start} to {CHOICE.stop}")
    return found


def _claim(port: int) -> bool:
    """Take the port's datagram twin; what this process has claimed is its own to give again."""
    if port in _claims:
        return True
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((LOOPBACK, port))
    except OSError:
        claim.close()
        return False
    _claims[port] = claim.detach()
    return True


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do, else a port with connections in TIME_WAIT would count as taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
