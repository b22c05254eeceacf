"""Two ways to take effect: events one by one through handlers, or in batches."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import EVENTS, decoder_of
from shared.contracts.envelope import CloudEvent, Event
from shared.log.acceptance import Interest, Taken
from shared.log.parking import FAILED, UNDECODABLE, Parking
from shared.log.transience import is_transient

Handler = Callable[[AsyncSession, CloudEvent[Any]], Awaitable[None]]
Decoded = tuple[Taken, CloudEvent[Event]]

SLICE = 500  # events that are decoded and prepared at a stretch

KNOWN = frozenset(name.encode() for name in EVENTS)

log = structlog.get_logger()


class BatchApplier(Protocol):
    """Takes events in batches; sequence order holds within a partition.

    `apply` may be called again for the same events after a rollback, and for parts of a batch in
    which one of them failed. It must not commit.
    """

    @property
    def types(self) -> frozenset[str]:
        """Wire names of the events wanted."""

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Write the effects of events; whatever it raises rolls them back."""


@runtime_checkable
class Preparing(BatchApplier, Protocol):
    """A batch applier that works in two steps: on events alone, then on the database.

    The first is done outside of the transaction: for the next batch while the database works on
    the one before.
    """

    def prepare(self, events: Sequence[CloudEvent[Event]], former: Any) -> Any:
        """Return what events come to, added to what earlier ones did; None stands before them.

        Changes nothing else: what was prepared may be dropped.
        """

    async def apply_prepared(self, session: AsyncSession, prepared: Any) -> None:
        """Write the effects of what was prepared, as `apply` those of events."""


@runtime_checkable
class Forgetful(Protocol):
    """An applier that keeps something in memory between batches."""

    def forget(self) -> None:
        """Drop what is remembered: a batch was rolled back, or another process took over."""


class Handlers:
    """Effects by type of event, each in a savepoint of its own.

    `async def handler(session, event: CloudEvent[EventClass]) -> None`
    """

    def __init__(self, handlers: Mapping[type[Event], Handler]) -> None:
        self._handlers = {event.type: handler for event, handler in handlers.items()}
        self.types = frozenset(self._handlers)

    async def handle(self, session: AsyncSession, event: CloudEvent[Event]) -> None:
        """Call the handler of an event."""
        await self._handlers[event.type](session, event)


Applier = Handlers | BatchApplier


def interest_of(applier: Applier) -> Interest:
    """Return what the applier wants, for acceptance."""
    return Interest(frozenset(name.encode() for name in applier.types), KNOWN)


def forget(applier: Applier) -> None:
    """Tell an applier that keeps something to drop it."""
    if isinstance(applier, Forgetful):
        applier.forget()


async def prepare_all(applier: Applier, taken: Sequence[Taken]) -> object | None:
    """Decode and prepare events a slice at a time, so that others may run in between.

    None if the applier does not prepare, or if something is in the way: `apply_all` meets it again
    and parks it.
    """
    if not isinstance(applier, Preparing):
        return None
    prepared = None
    try:
        for start in range(0, len(taken), SLICE):
            events = [
                decoder_of(item.type.decode()).decode(item.wire)
                for item in taken[start : start + SLICE]
            ]
            prepared = applier.prepare(events, prepared)
            await asyncio.sleep(0)
    except Exception as error:  # noqa: BLE001 - `apply_all` finds out which event it is
        log.info("batch_not_prepared", error=repr(error))
        return None
    return prepared


async def apply_prepared(session: AsyncSession, applier: Applier, prepared: object) -> bool:
    """Let what was prepared take effect, in a savepoint; return False if it cannot.

    Raises transient errors.
    """
    if not isinstance(applier, Preparing):
        return False
    try:
        async with session.begin_nested():
            await applier.apply_prepared(session, prepared)
    except Exception as error:
        if is_transient(error):
            raise
        log.warning("batch_not_applied", error=repr(error))
        forget(applier)
        return False
    return True


async def apply_all(
    session: AsyncSession, applier: Applier, taken: Sequence[Taken], parking: Parking
) -> None:
    """Let events take effect or park them, in order.

    Raises transient errors, after which all must be rolled back, and `TooManyDeadLettersError`.
    """
    if isinstance(applier, Handlers):
        for item in taken:
            decoded = _decode([item], parking)
            if decoded:
                await _try(session, _single(applier), decoded, parking)
    else:
        decoded = _decode(taken, parking)
        if decoded:
            await _bisect(session, applier, decoded, parking)


async def apply_one(session: AsyncSession, applier: Applier, item: Taken) -> None:
    """Decode one event and let it take effect, in a savepoint; raises whatever goes wrong."""
    event = decoder_of(item.type.decode()).decode(item.wire)
    async with session.begin_nested():
        if isinstance(applier, Handlers):
            await applier.handle(session, event)
        else:
            await applier.apply(session, [event])


def _decode(taken: Sequence[Taken], parking: Parking) -> list[Decoded]:
    """Decode each once; what cannot be, or is held, is parked."""
    decoders = {type_: decoder_of(type_.decode()) for type_ in {item.type for item in taken}}
    decoded: list[Decoded] = []
    for item in taken:
        if not parking.is_empty and parking.holds(item):
            parking.hold(item)
            continue
        try:
            decoded.append((item, decoders[item.type].decode(item.wire)))
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            parking.park(item, UNDECODABLE, error)
    return decoded


Run = Callable[[AsyncSession, Sequence[CloudEvent[Event]]], Awaitable[None]]


def _single(applier: Handlers) -> Run:
    async def run(session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        await applier.handle(session, events[0])

    return run


async def _bisect(
    session: AsyncSession, applier: BatchApplier, decoded: Sequence[Decoded], parking: Parking
) -> None:
    """Apply a batch; if it fails, its halves, down to the events that fail by themselves."""
    free = []
    for item, event in decoded:
        if not parking.is_empty and parking.holds(item):
            parking.hold(item)
        else:
            free.append((item, event))
    if not free or await _try(session, applier.apply, free, parking):
        return
    forget(applier)
    middle = len(free) // 2
    await _bisect(session, applier, free[:middle], parking)
    await _bisect(session, applier, free[middle:], parking)


async def _try(
    session: AsyncSession, run: Run, decoded: Sequence[Decoded], parking: Parking
) -> bool:
    """Run in a savepoint; return False if more than one event failed together."""
    try:
        async with session.begin_nested():
            await run(session, [event for _, event in decoded])
    except Exception as error:
        if is_transient(error):
            raise
        if len(decoded) > 1:
            return False
        item = decoded[0][0]
        log.warning(
            "event_parked", part=item.part, sequence=item.sequence, type=item.type.decode(),
            error=repr(error),
        )  # fmt: skip
        parking.park(item, FAILED, error)
    return True
