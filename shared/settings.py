"""What every service reads from its environment: `ORDERS_DATABASE_URL` and so on."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PORTS = {
    "directory": 8100,
    "orders": 8101,
    "promotion": 8102,
    "cs": 8103,
    "inventory": 8104,
    "reporting": 8105,
}
"""The default port of each service."""


class ServiceSettings(BaseSettings):
    """Settings of one service, from variables that begin with its name (`ORDERS_PORT`).

    A variable that begins with `SHOPFLEET_` holds for every service that has none of its own.
    Raises `pydantic.ValidationError` naming what is missing or wrong.
    """

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(description="PostgreSQL, as postgresql://user:password@host/name")
    database_pool: int = Field(default=5, ge=1, description="connections, with no overflow")
    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers")
    kafka_replication: int = Field(default=1, ge=1, description="replicas of a topic it creates")
    kafka_security: str = Field(default="PLAINTEXT", description="or SSL, SASL_SSL, SASL_PLAINTEXT")
    kafka_sasl_mechanism: str = Field(default="SCRAM-SHA-512", description="with SASL_*")
    kafka_username: str = Field(default="", description="with SASL_*")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="with SASL_*")
    kafka_ca_file: str = Field(default="", description="with *SSL: the authority's certificate")
    host: str = Field(default="127.0.0.1", description="address the API listens on")
    port: int = Field(default=0, ge=0, le=65_535, description="0 means the service's own default")
    feeds: dict[str, str] = Field(
        default_factory=lambda: {name: f"http://127.0.0.1:{port}" for name, port in PORTS.items()},
        description="base URL of each owner, for its feed, as a JSON object",
    )
    internal_secret: SecretStr = Field(description="services show it to each other's feeds")
    pii_key: SecretStr = Field(
        default=SecretStr(""), description="32 bytes, base64: encrypts and hashes buyers' data"
    )
    oidc_jwks_url: str = Field(default="", description="the company's OpenID Connect keys")
    oidc_issuer: str = Field(default="", description="accepted `iss` of those tokens")
    oidc_audience: str = Field(default="", description="accepted `aud` of those tokens")
    body_limit: int = Field(default=8 * 2**20, ge=1024, description="bytes of a request's body")
    rate_limit: int = Field(default=60_000, ge=1, description="requests a minute of one caller")
    dead_letter_limit: int = Field(default=100, ge=1, description="parked in 10 minutes: stop")
    log_keep_days: int = Field(default=0, ge=0, description="trim older events; 0 keeps all")
    webhooks_http: bool = Field(default=False, description="webhooks may go to http:// URLs too")
    webhooks_private: bool = Field(
        default=False, description="webhooks may go to loopback, private and link-local addresses"
    )
    webhooks_delays: list[Annotated[float, Field(ge=0)]] = Field(
        default=[0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
        min_length=1,
        description="seconds before each attempt of a webhook, as a JSON array",
    )
    webhooks_jitter: float = Field(
        default=0.2, ge=0, le=1, description="part of a delay that is added to it at random"
    )
    webhooks_timeout_seconds: float = Field(default=15.0, gt=0, description="of one attempt")
    webhooks_concurrency: int = Field(default=4, ge=1, description="attempts at once per endpoint")
    webhooks_disable_hours: float = Field(
        default=120.0, gt=0, description="an endpoint that only failed for so long is disabled"
    )
    webhooks_overlap_hours: float = Field(
        default=24.0, ge=0, description="how long the former secret of an endpoint signs too"
    )
    webhooks_keep_days: int = Field(default=30, ge=1, description="of the log of attempts")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_json: bool = Field(default=True, description="false: readable lines for a terminal")
    drain_seconds: float = Field(default=10.0, gt=0, description="grace of a stop")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Ask arguments first, then the service's variables, then those of all services."""
        del dotenv_settings, file_secret_settings
        common = EnvSettingsSource(settings_cls, env_prefix="SHOPFLEET_")
        return init_settings, env_settings, common
