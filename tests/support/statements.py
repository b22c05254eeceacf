"""How many statements something takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from shared.db.engine import Database

_OF_CALLERS = ("registry_signing_keys", "registry_staff")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent to a database, but those that ask now and again who calls."""
    sent: list[str] = []

    def note(*values: object) -> None:
        statement = str(values[2])
        if not any(table in statement for table in _OF_CALLERS):
            sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
