"""How to reach Temporal; all other ``TEMPORAL_*`` names go to Temporal's own configuration."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class TemporalSettings(Room):
    """How to reach Temporal; all other ``TEMPORAL_*`` names go to Temporal's own configuration."""

    address: Annotated[
        str | None,
        Field(
            alias="TEMPORAL_ADDRESS",
            description="`host:port` of a Temporal server; unset: the embedded one.",
        ),
    ] = None
    namespace: Annotated[
        str | None,
        Field(
            alias="TEMPORAL_NAMESPACE",
            description="Namespace of the music workflows; unset: the profile's, or `default`.",
        ),
    ] = None
    port: Annotated[
        int,
        Field(
            alias="SEGUE_TEMPORAL_PORT",
            ge=0,
            le=65535,
            description="Port of the embedded server; 0: any free one.",
        ),
    ] = 0
    ui_port: Annotated[
        int,
        Field(
            alias="SEGUE_TEMPORAL_UI_PORT",
            ge=0,
            le=65535,
            description="Port of the embedded server's web page; 0: any free one.",
        ),
    ] = 0
