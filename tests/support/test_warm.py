"""What the nursery forks is started, told and ended like any process."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopfleet.local.leftovers import identify
from shopfleet.local.ports import free_port
from shopfleet.local.processes import EngineProcess, EngineStartError, Program, plain_environment
from tests.support.postgres import scratch_folder
from tests.support.warm import start_warm


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def program(folder: Path, *words: str, **environment: str) -> Program:
    return Program(
        command=[sys.executable, "-m", "services.cs", *words],
        log=folder / "cs.log",
        environment={**plain_environment(), **environment},
    )


def test_its_words_its_log_and_its_exit_code_are_its_own(folder: Path) -> None:
    process = EngineProcess(program(folder, "--roles", "cook"), start_warm)

    with pytest.raises(EngineStartError, match=r"(?s)ended with 2;.*'cook' is none of api,"):
        process.wait_until_ready(lambda: False, within_seconds=30)


def test_it_is_paused_and_killed(folder: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    port = str(free_port())
    process = EngineProcess(
        program(folder, "--roles", "jobs", CS_DATABASE_URL=nowhere, CS_PORT=port), start_warm
    )

    process.pause()
    assert process.is_running
    process.kill()

    assert process.exit_code == -signal.SIGKILL
    assert identify(process.pid) is None


def test_nothing_else_is_started(folder: Path) -> None:
    with pytest.raises(ValueError, match="no service"):
        start_warm(Program(command=["/bin/true", "-m", "x"], log=folder / "log"))
