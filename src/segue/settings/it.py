"""IT: its MCP server, and the Jira that it asks."""

from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class ItSettings(Room):
    """IT: its MCP server, and the Jira that it asks."""

    mcp_port: Annotated[
        int,
        Field(
            alias="SEGUE_IT_MCP_PORT",
            ge=0,
            le=65535,
            description="Port of the IT MCP server over HTTP; 0: any free one.",
        ),
    ] = 8002
    mcp_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_IT_MCP_URL",
            description="Where an IT MCP server answers over HTTP; unset: `segue up` runs one.",
        ),
    ] = None
    jira_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_JIRA_URL",
            description="Address of a Jira site; unset: sample metrics, marked as such.",
        ),
    ] = None
    jira_email: Annotated[
        str, Field(alias="SEGUE_JIRA_EMAIL", description="Whose login Jira is asked with.")
    ] = ""
    jira_api_token: Annotated[
        SecretStr | None,
        Field(alias="SEGUE_JIRA_API_TOKEN", description="API token of that login."),
    ] = None
