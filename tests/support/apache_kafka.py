"""Apache Kafka itself, in KRaft mode, from the jars that Maven fetches."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shopfleet.local.broker import known_brokers
from shopfleet.local.ports import LOOPBACK, free_ports
from shopfleet.local.processes import EngineProcess, EngineStartError, Program
from tests.support.kafka_security import LISTENER, Security
from tests.support.topics import create_topic

POM = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "pom.xml"
CLUSTER_ID = "c2hvcGZsZWV0LXRlc3RzMQ"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
FETCH_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one node lives."""

    node_id: int
    folder: Path
    port: int
    controller_port: int


class KafkaNode:
    """One node, broker and controller in one process; its data outlives its process."""

    def __init__(
        self, place: Place, properties: Mapping[str, str], formatting: Sequence[str] = ()
    ) -> None:
        self._place = place
        self._formatting = formatting
        self._process: EngineProcess | None = None
        place.folder.mkdir(parents=True)
        lines = [f"{name}={value}\n" for name, value in properties.items()]
        self._config.write_text("".join(lines))

    @property
    def port(self) -> int:
        return self._place.port

    @property
    def pid(self) -> int | None:
        """The process id; None while it does not run."""
        return self._process.pid if self._process and self._process.is_running else None

    def formatting(self) -> subprocess.Popen[str]:
        """Start to format the storage; the caller waits, so that nodes do it side by side."""
        told = ["format", "-t", CLUSTER_ID, "-c", str(self._config), *self._formatting]
        command = _java("kafka.tools.StorageTool", *told)
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def start(self) -> None:
        """Start without waiting."""
        command = _java("kafka.Kafka", self._config)
        self._process = EngineProcess(
            Program(command=command, log=self._place.folder / "kafka.log")
        )

    def wait_until_it_knows(self, brokers: int) -> None:
        """Wait for a metadata answer that names so many brokers; raises EngineStartError."""
        if self._process is None:
            raise EngineStartError(f"node {self._place.node_id} was not started")
        self._process.wait_until_ready(
            lambda: known_brokers(self.port) >= brokers, within_seconds=START_SECONDS
        )

    def stop(self) -> None:
        """Hand its leadership over and stop."""
        if self._process is not None:
            self._process.stop(within_seconds=STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """SIGKILL; unlike a crash of the machine it keeps what the page cache holds."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """Start again on the same data and wait until it answers."""
        self.stop()
        self.start()
        self.wait_until_it_knows(1)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""
        if self._process is not None:
            self._process.pause()

    def resume(self) -> None:
        if self._process is not None:
            self._process.resume()

    @property
    def _config(self) -> Path:
        return self._place.folder / "server.properties"


class ApacheKafka:
    """One or three nodes on the loopback interface.

    With three, topics are kept three times and a write needs two, as in production. Topics are not
    created by themselves. With `security`, one node has a second listener, with TLS and accounts.
    """

    def __init__(self, work_dir: Path, *, nodes: int = 1, security: Security | None = None) -> None:
        ports = free_ports(2 * nodes)
        places = [
            Place(
                node_id=number,
                folder=work_dir / f"kafka-{number}",
                port=ports.pop(),
                controller_port=ports.pop(),
            )
            for number in range(1, nodes + 1)
        ]
        formatting = [] if security is None else security.formatting
        self.nodes = [
            KafkaNode(place, _properties(place, places, security), formatting) for place in places
        ]

    @property
    def bootstrap(self) -> str:
        """`host:port` of every node, with commas."""
        return ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)

    @property
    def pids(self) -> list[int | None]:
        return [node.pid for node in self.nodes]

    def start(self) -> str:
        """Fetch the jars if needed, format, start, wait until all nodes know each other.

        Blocks: seconds, minutes when Maven has to fetch. Raises EngineStartError.
        """
        fetch_jars()
        for formatting in [node.formatting() for node in self.nodes]:
            output, _ = formatting.communicate(timeout=START_SECONDS)
            if formatting.returncode != 0:
                raise EngineStartError(f"StorageTool failed:\n{output}")
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_until_it_knows(len(self.nodes))
        return self.bootstrap

    def stop(self) -> None:
        """Stop what runs. Several nodes are killed: the last ones would wait for a majority."""
        for node in self.nodes:
            if len(self.nodes) == 1:
                node.stop()
            else:
                node.kill()

    async def create_topic(
        self, name: str, partitions: int = 1, replication: int | None = None
    ) -> None:
        """Create a topic, on every node unless told otherwise, and wait for its leaders.

        Raises a KafkaError.
        """
        copies = replication or len(self.nodes)
        await create_topic(self.bootstrap, name, partitions=partitions, replication=copies)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def fetch_jars() -> Path:
    """Have Maven put Kafka's jars into `deploy/kafka/target/jars`, once per content of the pom.

    Sessions that run at the same time wait for each other. Raises EngineStartError.
    """
    folder = POM.parent / "target" / "jars"
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()
    stamp = folder / "pom.sha256"
    folder.parent.mkdir(exist_ok=True)
    with _exclusive(folder.parent / "lock"):
        if stamp.exists() and stamp.read_text() == digest:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run(
            ["mvn", "-B", "-q", "-f", POM, "dependency:copy-dependencies"],
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCH_SECONDS,
        )
        if done.returncode != 0:
            raise EngineStartError(f"Maven could not fetch Kafka:\n{done.stdout}{done.stderr}")
        stamp.write_text(digest)
    return folder


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _java(*words: str | Path) -> list[str]:
    java = shutil.which("java")
    if java is None:
        raise EngineStartError("Apache Kafka needs Java 17 or later")
    options = ["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    options += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return [java, *options, "-cp", str(POM.parent / "target" / "jars" / "*"), *map(str, words)]


def _properties(place: Place, places: list[Place], security: Security | None) -> dict[str, str]:
    copies = len(places)
    voters = [f"{other.node_id}@{LOOPBACK}:{other.controller_port}" for other in places]
    listeners = {"PLAINTEXT": place.port, "CONTROLLER": place.controller_port}
    secured = {} if security is None else security.properties
    if security is not None:
        listeners[LISTENER] = security.port
    return {
        **secured,
        "process.roles": "broker,controller",
        "node.id": str(place.node_id),
        "controller.quorum.voters": ",".join(voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in listeners.items()),
        "log.dirs": str(place.folder / "data"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(copies),
        "min.insync.replicas": "2" if copies > 1 else "1",
        "unclean.leader.election.enable": "false",
        "broker.session.timeout.ms": "5000",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": str(copies),
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": "2" if copies > 1 else "1",
    }
