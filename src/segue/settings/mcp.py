"""MCP servers: who reaches them over HTTP; and the Spotify MCP server."""

from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class McpSettings(Room):
    """MCP servers: who reaches them over HTTP; and the Spotify MCP server."""

    host: Annotated[
        str,
        Field(alias="SEGUE_MCP_HOST", description="Address that MCP servers listen on over HTTP."),
    ] = "127.0.0.1"
    spotify_port: Annotated[
        int,
        Field(
            alias="SEGUE_SPOTIFY_MCP_PORT",
            ge=0,
            le=65535,
            description="Port of the Spotify MCP server over HTTP; 0: any free one.",
        ),
    ] = 8003
    spotify_url: Annotated[
        str | None,
        Field(
            alias="SEGUE_SPOTIFY_MCP_URL",
            description="Where a Spotify MCP server answers over HTTP; unset: `segue up` runs one.",
        ),
    ] = None
    token: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_MCP_TOKEN",
            description="Bearer token that MCP clients send; needed beyond loopback.",
        ),
    ] = None
    users: Annotated[
        SecretStr | None,
        Field(
            alias="SEGUE_MCP_USERS",
            description=(
                "Bearer tokens of further users, `NAME=TOKEN` with commas; each has state of "
                "their own."
            ),
        ),
    ] = None
    allowed_hosts: Annotated[
        str,
        Field(
            alias="SEGUE_MCP_ALLOWED_HOSTS",
            description="Host names under which clients reach MCP servers; with commas.",
        ),
    ] = ""
    allow_removals: Annotated[
        bool,
        Field(
            alias="SEGUE_MCP_ALLOW_REMOVALS",
            description="Offer MCP clients the tool that takes tracks out of playlists.",
        ),
    ] = False
