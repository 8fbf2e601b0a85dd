"""Doubts that wait for a person, and what was decided."""

from typing import Literal

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import ScoredTrack


class ReviewItem(Wire):
    """A doubtful match that waits for a person.

    Attributes:
        key: Stable id of the wish in this catalogue; the decision applies to every later run.
        alternatives: Nearest candidates, best first.
    """

    key: str
    song: SongMetadata
    reason: str
    confidence: float = 0.0
    alternatives: tuple[ScoredTrack, ...] = ()
    created_at: str


class ReviewDecision(Wire):
    """What a person wants for one wish, on every later run.

    Attributes:
        uri: The track to use from now on, or None for "leave this song out".
    origin: Where the decision came from: a person at the prompt, or the mapping file.
    """

    key: str
    song: SongMetadata
    uri: str | None
    origin: Literal["review", "mapping"] = "review"
    decided_at: str
