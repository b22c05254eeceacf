"""PostgreSQL for a test session: the embedded server, or the one of SHOPFLEET_DATABASE_URL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shopfleet.local.postgres import EmbeddedPostgres

# tests lose nothing that matters when the machine stops, and are several times faster for it
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def running_postgres() -> Iterator[str]:
    """Give an administrator's URL; the embedded server stops, and its data goes, at the end.

    With SHOPFLEET_TEST_DURABLE=1 the embedded server writes through to the disk as in production.
    """
    url = os.environ.get("SHOPFLEET_DATABASE_URL")
    if url:
        yield url
        return
    is_durable = os.environ.get("SHOPFLEET_TEST_DURABLE") == "1"
    with (
        scratch_folder() as folder,
        EmbeddedPostgres(folder / "postgres", settings={} if is_durable else UNSAFE) as server,
    ):
        yield server.url


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder of our own under the temporary one.

    Not pytest's: that one is closed again, by the next session, to the user the server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="shopfleet-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
