"""What the inventory service reads from its environment."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class InventorySettings(ServiceSettings):
    """Settings of the inventory service, from variables that begin with `INVENTORY_`."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_", extra="ignore")
