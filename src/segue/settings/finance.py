"""Finance: its MCP server, and where prices come from."""

from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class FinanceSettings(Room):
    """Finance: its MCP server, and where prices come from."""

    mcp_port: Annotated[
        int,
        Field(
            alias="SEGUE_FINANCE_MCP_PORT",
            ge=0,
            le=65535,
            description="Port of the Finance MCP server over HTTP; 0: any free one.",
        ),
    ] = 8001
    mcp_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_FINANCE_MCP_URL",
            description="Where a Finance MCP server answers over HTTP; unset: `segue up` runs one.",
        ),
    ] = None
    quotes_api_key: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_QUOTES_API_KEY",
            description="Key of the quote service; unset: sample prices, marked as such.",
        ),
    ] = None
    quotes_url: Annotated[
        str,
        Field(
            alias="SEGUE_QUOTES_URL",
            description="Address of a service that speaks Finnhub's quote API.",
        ),
    ] = "https://finnhub.io/api/v1"
