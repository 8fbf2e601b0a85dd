"""One song in one playlist: what is asked for, and how it ended."""

from enum import StrEnum

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import ScoredTrack


class TrackStatus(StrEnum):
    """How one source row ended."""

    ADDED = "added"
    ALREADY_PRESENT = "already_present"
    REVIEW = "review"
    NOT_FOUND = "not_found"
    FAILED = "failed"


class WorkflowInput(Wire):
    """Ask for one song in one playlist.

    Attributes:
        playlist_id: The catalogue's playlist id, not its name.
    """

    song_metadata: SongMetadata
    playlist_id: str


class WorkflowResult(Wire):
    """How one song ended. ``success`` comes from reading the playlist back, never from a sentence.

    Attributes:
        confidence: 0 to 1.
        status: See :class:`TrackStatus`.
        execution_time_seconds: By the workflow's clock.
    """

    success: bool
    message: str
    track: Track | None = None
    confidence: float = 0.0
    status: TrackStatus
    position: int | None = None
    alternatives: tuple[ScoredTrack, ...] = ()
    execution_time_seconds: float = 0.0


class TrackOutcome(Wire):
    """One source row of a finished or running sync (the ``tracks[]`` of ``--json``).

    Attributes:
        position: 1-based position in the source.
        query: The song asked for.
        match: The track chosen, or the nearest one for ``review`` and ``not_found``.
        reason: Why, in one sentence.
        alternatives: Nearest candidates, best first.
    """

    position: int
    query: SongMetadata
    status: TrackStatus
    match: Track | None = None
    confidence: float = 0.0
    reason: str = ""
    alternatives: tuple[ScoredTrack, ...] = ()
