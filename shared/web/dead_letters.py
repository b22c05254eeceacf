"""`/v1/dead-letters/{service}`: see, replay and give up what a service's readers parked."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Security
from pydantic import AwareDatetime, BaseModel

from shared.audit import record_change
from shared.kernel.refusals import ConflictError
from shared.log.appliers import Applier
from shared.log.dead_letters import (
    DeadLetter,
    discard,
    find_dead_letter,
    list_dead_letters,
    replay,
    wire_of,
)
from shared.log.reader import Subscription
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

LetterId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Reading = Annotated[Caller, Security(require("dead-letters:read"))]
Writing = Annotated[Caller, Security(require("dead-letters:write"))]


class DeadLetterView(BaseModel):
    """A parked event; `reason` is undecodable, failed, or held behind another of its key."""

    id: int
    reader: str
    owner: str
    partition: int
    sequence: int
    key: str
    type: str
    reason: str
    detail: str
    attempts: int
    parked_at: AwareDatetime
    tried_at: AwareDatetime


class DeadLetterWhole(DeadLetterView):
    """A parked event with its content as it arrived."""

    event: str


class DeadLetters(BaseModel):
    """Parked events in the order they were parked; `next_after` is null at the end."""

    items: list[DeadLetterView]
    next_after: int | None


class ReplayedView(BaseModel):
    """How many events of the key took effect, how many wait on, and why."""

    applied: int
    remaining: int
    error: str | None


class ReaderUnknownError(ConflictError):
    """The reader that parked the event is not part of the service any more."""

    kind = "reader-unknown"


def dead_letters_router(service: str) -> APIRouter:
    """Return the routes over what a service's readers parked; every change is audited."""
    router = APIRouter(route_class=TransactionalRoute, tags=["dead letters"])
    path = f"/v1/dead-letters/{service}"

    @router.get(path)
    async def list_parked(
        session: SessionDep,
        caller: Reading,
        reader: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> DeadLetters:
        """List parked events."""
        del caller
        found = await list_dead_letters(session, reader, after=after, limit=limit)
        items = [DeadLetterView.model_validate(letter._asdict()) for letter in found]
        return DeadLetters(items=items, next_after=items[-1].id if len(items) == limit else None)

    @router.get(path + "/{letter_id}")
    async def show_parked(
        session: SessionDep, caller: Reading, letter_id: LetterId
    ) -> DeadLetterWhole:
        """Show one with its content."""
        del caller
        letter = await find_dead_letter(session, letter_id)
        wire = await wire_of(session, letter_id)
        return DeadLetterWhole(**letter._asdict(), event=wire.decode(errors="replace"))

    @router.post(path + "/{letter_id}/replay")
    async def replay_parked(
        session: SessionDep, caller: Writing, letter_id: LetterId, request: Request
    ) -> ReplayedView:
        """Let all that waits behind this key take effect, in order, until one fails."""
        letter = await find_dead_letter(session, letter_id)
        outcome = await replay(session, _applier_of(request, letter), letter_id)
        await _record(session, caller, "replayed", letter, outcome._asdict())
        return ReplayedView.model_validate(outcome._asdict())

    @router.post(path + "/{letter_id}/discard")
    async def discard_parked(
        session: SessionDep, caller: Writing, letter_id: LetterId
    ) -> DeadLetterView:
        """Give one up; what waits behind it stays until it is replayed."""
        (letter,) = await discard(session, [letter_id])
        await _record(session, caller, "discarded", letter, None)
        return DeadLetterView.model_validate(letter._asdict())

    return router


def _applier_of(request: Request, letter: DeadLetter) -> Applier:
    subscriptions: tuple[Subscription, ...] = request.app.state.subscriptions
    for found in subscriptions:
        if found.reader == letter.reader:
            return found.applier
    raise ReaderUnknownError(f"This service has no reader {letter.reader} any more.")


async def _record(
    session: SessionDep,
    caller: Caller,
    action: str,
    letter: DeadLetter,
    after: dict[str, object] | None,
) -> None:
    await record_change(
        session,
        caller=caller.name,
        action=f"dead_letter.{action}",
        subject=f"{letter.reader}:{letter.owner}:{letter.partition}:{letter.sequence}",
        store_id=None,
        before=letter._asdict(),
        after=after,
    )
