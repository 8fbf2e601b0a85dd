"""The HTTP API."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class ApiSettings(Room):
    """The HTTP API."""

    host: Annotated[
        str, Field(alias="SEGUE_API_HOST", description="Address that the HTTP API listens on.")
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(alias="SEGUE_API_PORT", ge=0, le=65535, description="Its port; 0: any free one."),
    ] = 8000
    upload_limit_mb: Annotated[
        int,
        Field(
            alias="SEGUE_UPLOAD_LIMIT_MB",
            ge=1,
            le=1024,
            description="Largest playlist file that is taken, in MB.",
        ),
    ] = 20
    import_rows: Annotated[
        int,
        Field(
            alias="SEGUE_IMPORT_ROWS",
            ge=1,
            le=10_000_000,
            description="Rows that an uploaded playlist file may have.",
        ),
    ] = 100_000
    stored_songs: Annotated[
        int,
        Field(
            alias="SEGUE_STORED_SONGS",
            ge=1,
            le=1_000_000_000,
            description="Songs that one API key may have stored, in all its imports.",
        ),
    ] = 1_000_000
    requests_per_minute: Annotated[
        int,
        Field(
            alias="SEGUE_REQUESTS_PER_MINUTE",
            ge=1,
            le=100_000,
            description="Requests of one API key in a minute.",
        ),
    ] = 120
    trusted_proxies: Annotated[
        str,
        Field(
            alias="SEGUE_API_TRUSTED_PROXIES",
            description="Addresses or networks of proxies whose X-Forwarded-For is believed; "
            "with commas.",
        ),
    ] = ""
