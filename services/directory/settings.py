"""What directory reads from its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class DirectorySettings(ServiceSettings):
    """Settings of directory, from variables that begin with `DIRECTORY_`."""

    model_config = SettingsConfigDict(env_prefix="DIRECTORY_")

    bootstrap_secret: SecretStr = Field(
        default=SecretStr(""),
        description="whoever shows it may do everything here; for the first accounts",
    )
