"""What the promotion service reads from its environment."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class PromotionSettings(ServiceSettings):
    """Settings of the promotion service, from variables that begin with `PROMOTION_`."""

    model_config = SettingsConfigDict(env_prefix="PROMOTION_", extra="ignore")
