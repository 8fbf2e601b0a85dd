"""Arguments of the tools: what a model is told about each, and its bounds."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from segue.errors.input import InputError
from segue.music.catalogues.port import ADD_LIMIT, PAGE_SIZE, SEARCH_LIMIT

LONGEST_ADDRESS = 300  # links carry tracking parameters
MOST_SONGS = 2_000
LONGEST_CONTENT = 1_000_000  # characters; a request's body may have 4 MiB
SEARCH_DEPTH = 990  # Source: Spotify Web API, GET /search: offset + limit is at most 1,000
LONGEST_WAIT_S = 25  # below the time after which clients give a call up

_TRACK = re.compile(r"(?:spotify:track:|https?://\S+/track/)?([0-9A-Za-z]{22})(?:\?\S*)?")

Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="Words, or fields: track:… artist:… album:… isrc:…; quotes keep words together",
    ),
]
Limit = Annotated[int, Field(ge=1, le=SEARCH_LIMIT, description="How many tracks")]
SearchOffset = Annotated[int, Field(ge=0, le=SEARCH_DEPTH, description="Skip so many results")]
Offset = Annotated[int, Field(ge=0, le=100_000, description="Skip so many; take next_offset")]
PageLimit = Annotated[int, Field(ge=1, le=PAGE_SIZE, description="How many at once")]
TrackAddress = Annotated[
    str,
    Field(
        min_length=22,
        max_length=LONGEST_ADDRESS,
        description="spotify:track:… as search_tracks gave it; a link or an id does as well",
    ),
]
TrackAddresses = Annotated[
    list[TrackAddress],
    Field(min_length=1, max_length=ADD_LIMIT, description="Tracks in the order wanted, 1 to 100"),
]
PlaylistAddress = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_ADDRESS,
        description="Id, URI or link of a playlist, or the exact name of one of the user's own",
    ),
]
PlaylistName = Annotated[
    str, Field(min_length=1, max_length=100, description="Name; one in use gives that playlist")
]
Description = Annotated[str, Field(max_length=300, description="A line for people")]
Handle = Annotated[
    str | None,
    Field(
        max_length=100, description="What basket_open gave; without it, this session's own basket"
    ),
]
Expected = Annotated[
    int,
    Field(ge=1, le=ADD_LIMIT, description="How many tracks the basket must hold; else it refuses"),
]
SyncId = Annotated[
    str,
    Field(
        pattern=r"^playlist-(sync|dry-run)-[a-z0-9-]{1,190}$",
        description="The workflow_id that start_sync gave",
    ),
]
Wait = Annotated[
    float,
    Field(ge=0, le=LONGEST_WAIT_S, description="Answer later, at the end or after these seconds"),
]
ReviewKey = Annotated[
    str, Field(min_length=1, max_length=100, description="The key that review_next gave")
]
DecisionKey = Annotated[
    str, Field(min_length=1, max_length=100, description="The key that list_decisions gave")
]
ListLimit = Annotated[int, Field(ge=1, le=100, description="How many, the newest")]
Skip = Annotated[int, Field(ge=0, le=100_000, description="Look past so many questions")]


class Song(BaseModel):
    """One song that is wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=500)]
    artist: Annotated[str, Field(max_length=500)] = ""
    album: Annotated[str | None, Field(max_length=500)] = None
    year: Annotated[int | None, Field(ge=1000, le=9999)] = None
    duration_ms: Annotated[int | None, Field(gt=0, le=86_400_000)] = None
    isrc: Annotated[str | None, Field(max_length=20)] = None


Songs = Annotated[
    list[Song] | None,
    Field(max_length=MOST_SONGS, description="The songs in order; or give content"),
]
Content = Annotated[
    str | None,
    Field(
        max_length=LONGEST_CONTENT,
        description="A playlist file's text: CSV, JSON, M3U, or one 'Artist - Title' a line",
    ),
]


def uri_of(address: str) -> str:
    """The URI that a URI, link or id means.

    Raises:
        InputError: It is none of these.
    """
    match = _TRACK.fullmatch(address.strip())
    if match is None:
        raise InputError(
            "Expected a track's URI, link or id; got something else.",
            hint="Take the uri that search_tracks gave.",
        )
    return f"spotify:track:{match.group(1)}"


def uris_of(addresses: Sequence[str]) -> tuple[str, ...]:
    """The URIs in order, each once.

    Raises:
        InputError: One is no track's address.
    """
    return tuple(dict.fromkeys(uri_of(address) for address in addresses))
