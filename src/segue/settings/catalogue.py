"""Which catalogue answers."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from segue.settings.base import Room


class CatalogueSettings(Room):
    """Which catalogue answers."""

    kind: Annotated[
        Literal["auto", "local", "spotify"],
        Field(
            alias="SEGUE_CATALOGUE",
            description="`auto`: Spotify when SPOTIFY_CLIENT_ID is set, else the local catalogue.",
        ),
    ] = "auto"
    local_port: Annotated[
        int,
        Field(
            alias="SEGUE_LOCAL_CATALOGUE_PORT",
            ge=0,
            le=65535,
            description="Port of the local catalogue service; 0: any free one.",
        ),
    ] = 0
    local_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_LOCAL_CATALOGUE_URL",
            description="Use the local catalogue service that runs there; unset: start one.",
        ),
    ] = None
    local_search_delay: Annotated[
        float,
        Field(
            alias="SEGUE_LOCAL_CATALOGUE_DELAY",
            ge=0,
            description="Seconds that each search of a local catalogue started here takes longer.",
        ),
    ] = 0.0
    mapping_file: Annotated[
        Path | None,
        Field(
            alias="SEGUE_MAPPING_FILE",
            description="CSV of your own matches; unset: `mapping.csv` in the data folder.",
        ),
    ] = None
