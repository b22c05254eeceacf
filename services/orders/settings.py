"""What the orders service reads from its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class OrdersSettings(ServiceSettings):
    """Settings of the orders service; it keeps buyers' data, so it needs the key for them."""

    model_config = SettingsConfigDict(env_prefix="ORDERS_", extra="ignore")

    pii_key: SecretStr = Field(
        min_length=1, description="32 bytes, base64: encrypts and hashes buyers' data"
    )
