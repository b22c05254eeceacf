"""What the customer service service reads from its environment."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class CsSettings(ServiceSettings):
    """Settings of the customer service service, from variables that begin with `CS_`."""

    model_config = SettingsConfigDict(env_prefix="CS_", extra="ignore")
