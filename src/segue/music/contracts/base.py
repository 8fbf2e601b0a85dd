"""What everything on the wire of the music feature has in common."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Base of all wire models: immutable, and tolerant of fields that a newer version added."""

    model_config = ConfigDict(frozen=True, extra="ignore")
