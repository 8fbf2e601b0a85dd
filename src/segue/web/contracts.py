"""What goes over HTTP. Fields are never renamed; new ones have defaults.

Requests refuse fields that they do not know, so that a misspelt one is not silently ignored.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from segue.music.contracts.imports import StoredImport
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncProgress, SyncReport
from segue.music.contracts.tracks import TrackOutcome, WorkflowResult

# Control characters have no place in a title, and databases and terminals stumble over them.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(max_length=300, pattern=_LINE)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_TEXT)]
PlaylistId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,64}$")]
Flag = Annotated[bool, Strict()]  # "yes" and 1 are none
ImportId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$")]
TrackAddress = Annotated[str, StringConstraints(min_length=22, max_length=300, pattern=_TEXT)]

MOST_SONGS = 10_000  # of a list in JSON; more is a file

RUN_EXAMPLE = "music-sync-local-4uug3fwrnfzkoqdn-ada-quill-harbour-lights-0f3a9c2b1d4e"


class Request(BaseModel):
    """Base of what clients send."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SongRequest(Request):
    """One song into one playlist."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "song_title": "Harbour Lights",
                    "artist": "Ada Quill",
                    "playlist_id": "4UUG3fWrnFzKoQdnX9JZ2b",
                }
            ]
        }
    )

    song_title: Annotated[Text, Field(description="As the source writes it.")]
    artist: Annotated[Line, Field(description="Empty when unknown.")] = ""
    playlist_id: Annotated[PlaylistId, Field(description="The catalogue's id, not the name.")]
    album: Annotated[Line | None, Field(description="Helps to choose a recording.")] = None


class PlaylistSyncRequest(Request):
    """A playlist from an uploaded file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"import_id": "9f86d081884c7d659a2f", "playlist": "Summer"}]
        }
    )

    import_id: Annotated[ImportId, Field(description="From the upload.")]
    playlist: Annotated[
        Text, Field(description="Name, id, URI or link; an unknown name is created.")
    ]
    mode: Annotated[
        SyncMode, Field(description="`mirror` takes out what the file does not hold.")
    ] = SyncMode.APPEND
    dry_run: Annotated[Flag, Field(description="Match and plan; write nothing.")] = False
    confirmed: Annotated[Flag, Field(description="Agree to a mirror's removals beforehand.")] = (
        False
    )
    refresh: Annotated[Flag, Field(description="Search again what an earlier run found.")] = False
    strategy: Annotated[
        Strategy, Field(description="Who chooses the tracks; `auto`: flags and roll-out say.")
    ] = Strategy.AUTO


class ListedSong(Request):
    """One song that is wanted."""

    title: Annotated[Text, Field(description="As the source writes it.")]
    artist: Line = ""
    album: Line | None = None
    year: Annotated[int | None, Strict(), Field(ge=1000, le=9999)] = None
    duration_ms: Annotated[int | None, Strict(), Field(gt=0, le=86_400_000)] = None
    isrc: Annotated[Line | None, Field(max_length=20)] = None


class SongList(Request):
    """Songs in order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"songs": [{"title": "Harbour Lights", "artist": "Ada Quill"}]}]
        }
    )

    songs: Annotated[tuple[ListedSong, ...], Field(min_length=1, max_length=MOST_SONGS)]


class ConfirmRequest(Request):
    """The answer to what a mirror asks."""

    agreed: Annotated[Flag, Field(description="Whether it may remove what it showed.")]


class DecisionRequest(Request):
    """What a person decides for a doubtful match."""

    uri: Annotated[
        TrackAddress | None,
        Field(description="The right track's URI, link or id; null leaves the song out."),
    ]


class Started(BaseModel, frozen=True):
    """What was started, and where to look."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"workflow_id": RUN_EXAMPLE, "url": f"/api/v1/runs/{RUN_EXAMPLE}"}]
        }
    )

    workflow_id: Annotated[str, Field(description="The run's id in all routes below.")]
    url: Annotated[str, Field(description="Where it can be asked about.")]
    joined: Annotated[
        bool,
        Field(
            description="It was running already, for an equal wish; what that request said of "
            "`confirmed` and `refresh` counts."
        ),
    ] = False


class RunView(BaseModel, frozen=True):
    """A run as it is now; times are ISO 8601 in UTC."""

    workflow_id: str
    kind: Annotated[str, Field(description="The workflow's type.")]
    status: Annotated[
        str,
        Field(
            description="Temporal's word: running, completed, failed, canceled, terminated, "
            "timed_out; `forgotten` when Temporal keeps it no longer."
        ),
    ]
    playlist_name: str = ""
    strategy: Annotated[
        Strategy | None, Field(description="Who chooses the tracks, where the run says it.")
    ] = None
    started_at: str | None = None
    closed_at: str | None = None
    progress: Annotated[
        SyncProgress | None,
        Field(description="Of a playlist sync; null while no worker answers, and in lists."),
    ] = None


class RunPage(BaseModel, frozen=True):
    """Runs, newest first."""

    runs: tuple[RunView, ...]
    next_cursor: Annotated[
        str | None, Field(description="Give it as `cursor` for the next page; null: no more.")
    ] = None


class Failure(BaseModel, frozen=True):
    """Why a run ended without a result."""

    code: str
    message: str
    hint: str = ""


class RunResult(BaseModel, frozen=True):
    """How a run ended: one of `song`, `playlist` and `error` is there."""

    workflow_id: str
    status: str
    song: WorkflowResult | None = None
    playlist: SyncReport | None = None
    error: Failure | None = None


class TrackPage(BaseModel, frozen=True):
    """Rows of a playlist sync that has ended, in the order of its source."""

    tracks: tuple[TrackOutcome, ...]
    total: Annotated[int, Field(description="Rows that there are, on all pages.")]
    next_cursor: Annotated[
        str | None, Field(description="Give it as `cursor` for the next page; null: no more.")
    ] = None


class Removals(BaseModel, frozen=True):
    """What a mirror takes out."""

    tracks: tuple[Track, ...]


class PlaylistList(BaseModel, frozen=True):
    """Playlists of the account; `next_offset` is null at the end."""

    playlists: tuple[PlaylistLink, ...]
    next_offset: int | None = None


class DecisionList(BaseModel, frozen=True):
    """What was decided, newest first; `next_cursor` is null at the end."""

    decisions: tuple[ReviewDecision, ...]
    next_offset: int | None = None
    next_cursor: str | None = None


class ImportList(BaseModel, frozen=True):
    """Uploaded playlists, newest first."""

    imports: tuple[StoredImport, ...]
    next_cursor: Annotated[
        str | None, Field(description="Give it as `cursor` for the next page; null: no more.")
    ] = None


class ReviewPage(BaseModel, frozen=True):
    """Doubtful matches that wait for a person, oldest first."""

    items: tuple[ReviewItem, ...]
    next_offset: int | None = None
    next_cursor: str | None = None


class Health(BaseModel, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(BaseModel, frozen=True):
    """What the API needs, part by part."""

    ready: bool
    temporal: bool
    database: bool
    worker: Annotated[bool, Field(description="Informs only: without one, runs wait.")]


class InvalidField(BaseModel, frozen=True):
    """One thing that is wrong with a request."""

    where: Annotated[str, Field(description="For example `body.song_title`.")]
    message: str


class Problem(BaseModel, frozen=True):
    """Why a request was refused or failed.

    Source: RFC 9457.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:segue:error:sync.run_not_found",
                    "title": "No run has this id.",
                    "status": 404,
                    "detail": "There is no sync 'nope'.",
                    "code": "sync.run_not_found",
                    "hint": "",
                }
            ]
        }
    )

    type: Annotated[str, Field(description="`urn:segue:error:` and the code.")]
    title: Annotated[str, Field(description="What this code means, always the same.")]
    status: int
    detail: Annotated[str, Field(description="What was expected and what came.")]
    code: Annotated[str, Field(description="Stable: docs/reference/errors.md explains each.")]
    hint: Annotated[str, Field(description="What to do next.")] = ""
    errors: Annotated[tuple[InvalidField, ...], Field(description="Of an invalid request.")] = ()
