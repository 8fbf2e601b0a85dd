"""The assistant: its weather, its tools, and how long messages may be."""

from typing import Annotated, Literal

from pydantic import Field

from segue.settings.base import Room


class AssistantSettings(Room):
    """The assistant: its weather, its tools, and how long messages may be."""

    weather: Annotated[
        Literal["auto", "open-meteo", "sample"],
        Field(
            alias="SEGUE_WEATHER",
            description="`open-meteo`, `sample` (marked), or `auto`: sample without LLM_MODEL.",
        ),
    ] = "auto"
    geocoding_url: Annotated[
        str,
        Field(alias="SEGUE_OPEN_METEO_GEOCODING_URL", description="Where Open-Meteo finds places."),
    ] = "https://geocoding-api.open-meteo.com"
    forecast_url: Annotated[
        str,
        Field(alias="SEGUE_OPEN_METEO_FORECAST_URL", description="Where Open-Meteo has weather."),
    ] = "https://api.open-meteo.com"
    message_characters: Annotated[
        int,
        Field(
            alias="SEGUE_CHAT_MESSAGE_CHARACTERS",
            ge=1,
            le=100_000,
            description="Characters of one message in a chat, at most.",
        ),
    ] = 32_000
    ask_before: Annotated[
        str,
        Field(
            alias="SEGUE_CHAT_ASK_BEFORE",
            description=(
                "Tools of MCP servers before which the chat asks a person; with commas, for "
                "instance `set_jira_project`."
            ),
        ),
    ] = ""
