"""What the local stack keeps in its folder, and the processes it finds there."""

import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopfleet.local.leftovers import Identity, end_leftover, identify
from shopfleet.local.state import AlreadyRunningError, State, Stretch


def sleeper(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", *words])


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        first = state.secret("pii-key")

    with State(tmp_path) as state:
        assert state.secret("pii-key") == first
        assert state.secret("other") != first
    assert stat.S_IMODE((tmp_path / "pii-key").stat().st_mode) == 0o600


def test_the_token_is_for_its_owner_alone(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        state.tell_addresses({"orders": "http://x"}, "a-token")
        state.tell_addresses({"orders": "http://y"}, "b-token")

    assert (tmp_path / "token").read_text() == "b-token\n"
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with (
        State(tmp_path),
        pytest.raises(AlreadyRunningError, match="runs already, as process"),
        State(tmp_path),
    ):
        pass
    with State(tmp_path):
        pass


def test_what_a_killed_run_left_behind_is_ended(tmp_path: Path) -> None:
    with State(tmp_path) as killed:
        child = sleeper("import time; time.sleep(600)")
        killed.note_process("orders", child.pid)

    with State(tmp_path) as state:
        ended = state.end_leftovers()

    assert ended == ["orders"]
    assert child.wait(5) != 0
    with State(tmp_path) as state:
        assert state.end_leftovers() == []


def test_a_process_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopfleet.local.leftovers.GRACE_SECONDS", 0.3)
    deaf = "import signal,time,pathlib; signal.signal(15, signal.SIG_IGN)"
    child = sleeper(f"{deaf}; pathlib.Path({str(tmp_path / 'ready')!r}).touch(); time.sleep(600)")
    wait_for(tmp_path / "ready")
    found = identify(child.pid)
    assert found is not None

    assert end_leftover(found)

    assert child.wait(5) == -9


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def test_a_stranger_with_the_same_pid_is_left_alone() -> None:
    child = sleeper("import time; time.sleep(600)")
    found = identify(child.pid)
    assert found is not None

    is_ended = end_leftover(Identity(child.pid, "1"))

    assert not is_ended
    assert identify(child.pid) == found
    child.kill()
    child.wait(5)


def test_a_stretch_that_was_begun_is_known_until_it_is_done(tmp_path: Path) -> None:
    since, until = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
    with State(tmp_path) as state:
        assert state.begun_stretch is None
        assert state.simulated_until is None
        state.begin_stretch(Stretch(since, until, 2000))

    with State(tmp_path) as state:
        assert state.begun_stretch == Stretch(since, until, 2000)
        state.note_simulated(until)

    with State(tmp_path) as after:
        assert after.begun_stretch is None
        assert after.simulated_until == until
