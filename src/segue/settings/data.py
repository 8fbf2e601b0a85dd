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
