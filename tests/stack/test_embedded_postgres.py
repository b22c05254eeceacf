"""The embedded PostgreSQL: what it keeps, and how it comes back after crashes."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shopfleet.local.ports import free_port
from shopfleet.local.postgres import EmbeddedPostgres
from shopfleet.local.processes import EngineStartError, command_of
from tests.support.eventually import eventually
from tests.support.postgres import scratch_folder

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.db

# an owner in a process of its own; `thread` starts the server so that it outlives its owner
OWNER = """
    import sys, threading
    from pathlib import Path
    from shopfleet.local.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(Path(sys.argv[1]))
    def start():
        server.start()
        print(server.pid, flush=True)
    if sys.argv[2] == "thread":
        threading.Thread(target=start).start()
    else:
        start()
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with scratch_folder() as folder, EmbeddedPostgres(folder / "data of tests") as running:
        yield running


def start_and_kill_owner(data_dir: Path, started_in: str) -> int:
    """Give the pid of the server."""
    words = [sys.executable, "-c", textwrap.dedent(OWNER), str(data_dir), started_in]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        server_pid = int(owner.stdout.readline())
        owner.kill()
    return server_pid


@contextmanager
def stranger_of(cluster: Path) -> Iterator[int]:
    """Give the pid of a process of the server's user that is no server."""
    user = cluster.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=user, cwd="/") as process:
        try:
            yield process.pid
        finally:
            process.kill()


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_settings_are_the_safe_ones(server: EmbeddedPostgres) -> None:
    shown = {
        name: await ask(server.url, f"SHOW {name}")
        for name in ("fsync", "synchronous_commit", "max_connections", "shared_buffers")
    }

    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "max_connections": "300",
        "shared_buffers": "256MB",
    }


async def test_committed_rows_survive_a_killed_server(server: EmbeddedPostgres) -> None:
    await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")

    server.kill()
    server.start()

    assert await ask(server.url, "SELECT number FROM kept") == 7


async def test_the_lock_file_may_name_a_stranger(server: EmbeddedPostgres) -> None:
    cluster = Path(str(await ask(server.url, "SHOW data_directory")))
    lines = (cluster / "postmaster.pid").read_text().splitlines()
    with stranger_of(cluster) as pid:
        server.kill()
        (cluster / "postmaster.pid").write_text("\n".join([str(pid), *lines[1:]]) + "\n")

        server.start()

    assert await ask(server.url, "SELECT 1") == 1


async def test_a_restart_keeps_rows_and_address(server: EmbeddedPostgres) -> None:
    url = server.url
    await ask(url, "CREATE TABLE restarted AS SELECT 8 AS number")

    assert server.restart() == url
    assert await ask(url, "SELECT number FROM restarted") == 8


async def test_sqlalchemy_takes_the_address(server: EmbeddedPostgres) -> None:
    engine = create_async_engine(make_url(server.url).set(drivername="postgresql+asyncpg"))

    async with engine.connect() as connection:
        answer = await connection.scalar(text("SELECT 1"))
    await engine.dispose()

    assert answer == 1


def test_the_terminal_cannot_interrupt_it(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


def test_a_second_owner_of_the_same_data_is_refused(server: EmbeddedPostgres) -> None:
    data_dir = server.log.parent

    with pytest.raises(EngineStartError, match="another process"):
        EmbeddedPostgres(data_dir).start()

    assert server.is_running


async def test_two_servers_run_side_by_side(server: EmbeddedPostgres) -> None:
    with scratch_folder() as folder, EmbeddedPostgres(folder / ("long" * 25)) as other:
        first = await ask(server.url, "SHOW data_directory")
        second = await ask(other.url, "SHOW data_directory")

    assert first != second


async def test_a_port_wants_the_password() -> None:
    with (
        scratch_folder() as folder,
        EmbeddedPostgres(folder / "tcp", tcp_port=free_port()) as server,
    ):
        assert await ask(server.tcp_url, "SELECT 1") == 1
        assert await ask(server.url, "SELECT 1") == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.tcp_url, password="guessed")


@pytest.mark.parametrize("started_in", ["main", "thread"])
async def test_the_data_of_a_killed_owner_can_be_taken_over(started_in: str) -> None:
    with scratch_folder() as folder:
        left = start_and_kill_owner(folder / "data", started_in)
        if started_in == "main":
            await eventually(lambda: command_of(left) is None)  # the kernel told it

        with EmbeddedPostgres(folder / "data") as server:
            assert await ask(server.url, "SELECT 1") == 1
            assert server.pid != left
            assert command_of(left) is None


async def test_the_session_server_gives_up_safety_only_when_allowed(postgres: str) -> None:
    is_ours = "SHOPFLEET_DATABASE_URL" not in os.environ
    wants_safety = not is_ours or os.environ.get("SHOPFLEET_TEST_DURABLE") == "1"

    assert await ask(postgres, "SHOW fsync") == ("on" if wants_safety else "off")
