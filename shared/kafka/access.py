"""How to reach the cluster: addresses, TLS, SASL."""

import ssl
from dataclasses import dataclass
from typing import Any, Self

from shared.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """Where the cluster is and who we are there; `security` as Kafka spells it (SASL_SSL …)."""

    bootstrap: str
    client: str
    replication: int = 1
    security: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""
    ca_file: str = ""

    @classmethod
    def of(cls, settings: ServiceSettings, client: str) -> Self:
        """Return the access that the settings describe."""
        return cls(
            bootstrap=settings.kafka,
            client=client,
            replication=settings.kafka_replication,
            security=settings.kafka_security,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            ca_file=settings.kafka_ca_file,
        )

    def options(self) -> dict[str, Any]:
        """Return the arguments that every client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client,
            "security_protocol": self.security,
        }
        if self.security.endswith("SSL"):
            options["ssl_context"] = ssl.create_default_context(cafile=self.ca_file or None)
        if self.security.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password
        return options
