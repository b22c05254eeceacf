"""Notes and flags: what people write on an order, and the colour it bears meanwhile."""

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Flagged, Urged
from services.orders.domain.parts import Note

FREE, CHECKED = "free", "checked"
"""Kinds of notes: one's own words, or those of a checked order."""


def put_note(changes: Changes, note: Note) -> None:
    """Write a note on an order; if it has a flag, the order bears that one from now on."""
    order = changes.order
    changes.notes.append(note)
    if note.flag is None or note.flag == order.flag:
        return
    previous, order.flag = order.flag, note.flag
    changes.has_new_work = True
    changes.state(Flagged(note.at, note.flag, previous, note.kind, note.staff))


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
