"""What of Segue runs here."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class InstallationSettings(Room):
    """What of Segue runs here."""

    features: Annotated[
        str,
        Field(
            alias="SEGUE_FEATURES",
            description="Features that run here, with commas; unset: all.",
        ),
    ] = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names in the setting; empty: all."""
        return tuple(name for part in self.features.split(",") if (name := part.strip()))
