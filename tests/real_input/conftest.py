"""Public data sets, and the fleet they are imported into."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.real_input.fleet import Fleet, running_fleet

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the data sets: REAL_DATA, else `shared/data` beside the repository."""
    told = os.environ.get("REAL_DATA")
    folder = Path(told) if told else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not here: no folder {folder} (REAL_DATA)")
    return folder


@pytest.fixture(scope="package")
async def fleet(real_data: Path, postgres: str) -> AsyncIterator[Fleet]:
    """A fleet without demo stores, on a server that runs already.

    `real_data` skips before anything is started for nothing.
    """
    async with running_fleet(postgres) as running:
        yield running
