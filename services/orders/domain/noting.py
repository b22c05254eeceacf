"""Notes and flags: what people write on an order, and the colour it bears meanwhile."""

from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Flagged, Urged
from services.orders.domain.parts import Note

FREE, CHECKED, VERIFIED = "free", "checked", "verified"
"""Kinds of notes: one's own words, those of a checked order, what its verification found."""

NO_FLAG = "none"
"""What an event says where the flag was taken off."""


def put_note(changes: Changes, note: Note) -> None:
    """Write a note on an order; if it has a flag, the order bears that one from now on."""
    order = changes.order
    changes.notes.append(note)
    if note.flag is None:
        return
    changes.has_new_work = True
    order.flag_note = note.text
    if note.flag == order.flag:
        return
    previous, order.flag = order.flag, note.flag
    changes.state(Flagged(note.at, note.flag, previous, note.kind, note.staff))


def take_flag(changes: Changes, at: datetime, *, staff: str) -> None:
    """Take the flag off an order that bears one."""
    order = changes.order
    if order.flag is not None:
        previous, order.flag, order.flag_note = order.flag, None, None
        changes.state(Flagged(at, NO_FLAG, previous, FREE, staff))


def urge(changes: Changes, note: Note) -> None:
    """Mark an order urgent to the warehouse while it can still be shipped; once.

    Raises `IllegalMoveError`.
    """
    order = changes.order
    if order.urgent_at is not None:
        return
    changes.allow("urge")
    order.urgent_at = note.at
    changes.has_new_work = True
    changes.notes.append(note)
    changes.state(Urged(note.at, note.staff, note.text))
