"""How much the toy counts."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class TallySettings(Room):
    """How much the toy counts."""

    most: Annotated[
        int, Field(alias="SEGUE_TALLY_MOST", ge=1, description="Words in a text, at most.")
    ] = 100
