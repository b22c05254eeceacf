"""TLS and SASL for a node of Apache Kafka: a certificate and an account."""

from dataclasses import dataclass
from pathlib import Path

from shopfleet.local.ports import LOOPBACK, free_port
from tests.support.certificates import make_certificates

LISTENER = "SASL_SSL"
MECHANISM = "SCRAM-SHA-512"
_PROTOCOLS = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", LISTENER: LISTENER}
_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class Security:
    """What a node needs for a listener with TLS and an account, and what a client needs."""

    ca_file: Path
    port: int
    username: str
    password: str
    properties: dict[str, str]

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def formatting(self) -> list[str]:
        """What the storage tool is told, so that the account is there from the beginning."""
        return ["-S", f"{MECHANISM}=[name={self.username},password={self.password}]"]


def make_security(folder: Path, *, username: str, password: str) -> Security:
    """Make the certificates of a node and say how it is set up with them."""
    certificates = make_certificates(folder)
    properties = {
        "listener.security.protocol.map": ",".join(map(":".join, _PROTOCOLS.items())),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.server_file),
        "sasl.enabled.mechanisms": MECHANISM,
        f"listener.name.{LISTENER.lower()}.{MECHANISM.lower()}.sasl.jaas.config": _MODULE,
    }
    return Security(certificates.ca_file, free_port(), username, password, properties)
