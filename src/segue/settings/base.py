"""What the settings of all rooms have in common."""

from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = ".env"
ENV_FILE_VARIABLE = "SEGUE_ENV_FILE"


class Room(BaseSettings):
    """One room's settings: each variable is named by its field's alias; empty means unset."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )
