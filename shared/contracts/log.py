"""What every owner's log states about itself."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment


class DigestLine(msgspec.Struct, frozen=True, kw_only=True):
    """Count and sums of one kind of fact of one store in one UTC hour of `occurred_at`."""

    store_id: str
    hour: Moment
    kind: str
    count: int
    sum_minor: int


class DigestStated(Event, frozen=True, kw_only=True):
    """What the owner's tables say of some hours, at this position of the partition."""

    type: ClassVar[str] = "log.digest_stated.v1"

    partition: int
    lines: list[DigestLine]

    def key(self) -> str:
        """Order matters per partition of the log."""
        return f"digest:{self.partition}"


class ProbeSent(Event, frozen=True, kw_only=True):
    """Nothing happened: a probe that measures the way from accepted to visible."""

    type: ClassVar[str] = "log.probe_sent.v1"

    probe: str

    def key(self) -> str:
        """Order does not matter: each probe stands alone."""
        return f"probe:{self.probe}"


EVENTS: tuple[type[Event], ...] = (DigestStated, ProbeSent)
