"""Where a page of a list begins, as the routes of lists take it."""

from typing import Annotated

from fastapi import Query

Place = Annotated[
    str | None, Query(description="`next_cursor` of the page before.", min_length=1, max_length=100)
]
Offset = Annotated[
    int,
    Query(
        description="So many are passed over. Use `cursor`: it costs the same on every page, and "
        "misses nothing where the list changes meanwhile.",
        ge=0,
        le=100_000,
    ),
]
