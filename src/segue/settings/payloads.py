"""Where single payloads go that are too large for a workflow history."""

from typing import Annotated, Literal

from pydantic import Field

from segue.settings.base import Room


class PayloadSettings(Room):
    """Where single payloads go that are too large for a workflow history."""

    store: Annotated[
        Literal["sql", "s3", "off"],
        Field(
            alias="SEGUE_PAYLOAD_STORE",
            description="`sql`: the database; `s3`: a bucket (extra `s3`); `off`: the history.",
        ),
    ] = "sql"
    s3_bucket: Annotated[
        str | None, Field(alias="SEGUE_S3_BUCKET", description="Bucket of the payloads.")
    ] = None
    s3_endpoint: Annotated[
        str | None,
        Field(alias="SEGUE_S3_ENDPOINT", description="Another service with S3's API; unset: AWS."),
    ] = None
