"""Notes and flags with what stores have set: each function gives the work on one order."""

from datetime import datetime

from services.orders.domain import noting
from services.orders.domain.changes import Changes
from services.orders.domain.parts import Note
from services.orders.schemas.steps import NoteBody, Reasoned
from services.orders.usecases.working import Work
from shared.registry.stores import Store

FORMAT = "orders.note_format"
CHECKED_FLAG = "orders.checked_flag"
CHECKED_NOTE = "orders.checked_note"
DEFAULT_COURIER = "orders.default_courier"


def write_note(body: NoteBody, now: datetime, *, staff: str) -> Work:
    """Write a note in the store's format, and set a flag if one is named."""

    def work(changes: Changes, store: Store) -> None:
        text = formatted(store, staff, body.courier or changes.order.courier, body.text)
        note = Note(body.at or now, staff, noting.FREE, text, body.flag)
        noting.put_note(changes, note)

    return work


def mark_urgent(body: Reasoned, now: datetime, *, staff: str) -> Work:
    """Mark an order urgent to the warehouse."""

    def work(changes: Changes, store: Store) -> None:
        del store
        noting.urge(changes, Note(body.at or now, staff, noting.FREE, body.reason))

    return work


def note_checked(
    changes: Changes, store: Store, at: datetime, *, staff: str, courier: str | None
) -> None:
    """Set the flag and the note of an order whose information was checked (O-R12)."""
    text = formatted(store, staff, courier, store.settings[CHECKED_NOTE])
    note = Note(at, staff, noting.CHECKED, text, store.settings[CHECKED_FLAG] or None)
    noting.put_note(changes, note)


def formatted(store: Store, staff: str, courier: str | None, text: str) -> str:
    """Return a note in the store's format: staff number, courier and text by default (O-R11)."""
    values = {
        "{staff_number}": staff,
        "{courier}": courier or store.settings[DEFAULT_COURIER],
        "{text}": text,
    }
    note: str = store.settings[FORMAT]
    for place, value in values.items():
        note = note.replace(place, value)
    return note
