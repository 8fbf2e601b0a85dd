"""Where Segue keeps what it must not lose."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class DataSettings(Room):
    """Where Segue keeps what it must not lose."""

    directory: Annotated[
        Path, Field(alias="SEGUE_DATA_DIR", description="Folder for databases, logs and tokens.")
    ] = Path(".segue")
    database_url: Annotated[
        SecretStr | None,
        Field(
            alias="DATABASE_URL",
            description="SQL database, `postgresql://…` or `sqlite:///…`; unset: a file.",
        ),
    ] = None
    database_connections: Annotated[
        int,
        Field(
            alias="SEGUE_DATABASE_CONNECTIONS",
            ge=2,
            le=1000,
            description="Connections to Postgres, at most, per process; a third stays open.",
        ),
    ] = 15
    allow_sqlite: Annotated[
        bool,
        Field(
            alias="SEGUE_ALLOW_SQLITE",
            description="Use a SQLite file beside TEMPORAL_ADDRESS: all processes run here.",
        ),
    ] = False
    retention_days: Annotated[
        int,
        Field(
            alias="SEGUE_RETENTION_DAYS",
            ge=1,
            le=36_500,
            description="Days that `segue prune` leaves what has ended, without --older-than.",
        ),
    ] = 30
    prune_daily: Annotated[
        bool,
        Field(
            alias="SEGUE_PRUNE_DAILY",
            description="Have workers do once a day what `segue prune` does.",
        ),
    ] = False
