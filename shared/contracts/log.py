"""What every owner's log states about itself."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment


class DigestLine(msgspec.Struct, frozen=True, kw_only=True):
    """Count and sum (minor units) of one kind of fact of a store, of one store-local hour.

    The hour is that of the aggregate the facts belong to (an order's is when it was placed), its
    first instant. `kind` is the owner's word, such as placed, paid, refunded.
    """

    store_id: str
    hour: Moment
    kind: str
    count: int
    sum_minor: int


class DigestStated(Event, frozen=True, kw_only=True):
    """What the owner's own tables say of every hour touched since its last digest.

    Stated while no other event can be: all earlier events are in it, no later one is. A digest of
    many hours is stated in several parts; `is_last` marks the one that ends it.
    """

    type: ClassVar[str] = "log.digest_stated.v1"

    service: str
    lines: list[DigestLine]
    is_last: bool = True

    def key(self) -> str:
        """Order matters per owner."""
        return f"digest:{self.service}"


class ProbeSent(Event, frozen=True, kw_only=True):
    """Nothing happened: a probe that measures the way from accepted to visible."""

    type: ClassVar[str] = "log.probe_sent.v1"

    probe: str

    def key(self) -> str:
        """Order does not matter: each probe stands alone."""
        return f"probe:{self.probe}"


EVENTS: tuple[type[Event], ...] = (DigestStated, ProbeSent)
