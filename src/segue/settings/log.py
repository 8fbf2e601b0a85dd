"""What is logged."""

from typing import Annotated, Literal

from pydantic import Field

from segue.settings.base import Room


class LogSettings(Room):
    """What is logged."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(alias="SEGUE_LOG_LEVEL", description="Least severe level that is logged."),
    ] = "warning"
    form: Annotated[
        Literal["text", "json"],
        Field(alias="SEGUE_LOG_FORMAT", description="`text`, or `json`: an object a line."),
    ] = "text"
