"""What reporting reads from its environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class ReportingSettings(ServiceSettings):
    """Settings of reporting; it holds no personal data and needs no key for any."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_", extra="ignore")

    live_streams: int = Field(default=200, ge=1, description="live streams open at once")
    repair: bool = Field(default=True, description="repair by itself the stores that drift")
