"""What all models that come from elsewhere have in common: histories, services, files."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Base of all wire models: immutable, and tolerant of fields that a newer version added."""

    model_config = ConfigDict(frozen=True, extra="ignore")
