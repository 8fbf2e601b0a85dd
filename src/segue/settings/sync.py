"""How hard a sync works."""

from typing import Annotated

from pydantic import Field

from segue.settings.base import Room


class SyncSettings(Room):
    """How hard a sync works."""

    search_concurrency: Annotated[
        int,
        Field(
            alias="SEGUE_SEARCH_CONCURRENCY",
            ge=1,
            le=32,
            description="Searches in flight at once, per worker.",
        ),
    ] = 8
