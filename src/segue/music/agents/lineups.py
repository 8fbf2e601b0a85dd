"""How a model is asked about candidates: in which order, and with one that cannot be right.

A model that guesses keeps to a place in the list, or to the highest number in it. It is asked
twice: no candidate stands where it stood the first time, and the decoy, whose numbers are the best
candidate's, stands behind it once and once before it.
"""

from collections.abc import Sequence
from typing import Final

from segue.music.agents.untrusted import as_data, scored_data, song_data
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import ScoredTrack

_DECOY: Final = Track(
    uri="spotify:track:0000000000000000000000",
    title="Channel Identification Tone",
    artists=("Transmitter Test Signals",),
    album="Line-up and Calibration",
    release_date="1987",
    duration_ms=30_000,
)


def first_lineup(candidates: Sequence[ScoredTrack]) -> tuple[ScoredTrack, ...]:
    """The candidates as they are, and the decoy.

    Args:
        candidates: At least one.
    """
    best = max(candidate.confidence for candidate in candidates)
    return (*candidates, ScoredTrack(track=_DECOY, confidence=best))


def second_lineup(candidates: Sequence[ScoredTrack]) -> tuple[ScoredTrack, ...]:
    """The same with its second half in front.

    Args:
        candidates: At least one.
    """
    lineup = first_lineup(candidates)
    half = len(lineup) // 2
    return (*lineup[half:], *lineup[:half])


def is_decoy(uri: str) -> bool:
    """Whether this is the address of the candidate that cannot be right."""
    return uri == _DECOY.uri


def question(song: SongMetadata, lineup: Sequence[ScoredTrack]) -> str:
    """What the disambiguation agent is sent: the wish and the candidates, by their index.

    Args:
        song: The wish.
        lineup: In the order in which the model sees them.
    """
    candidates = [
        {"index": index, **scored_data(candidate)} for index, candidate in enumerate(lineup)
    ]
    return as_data(wish=song_data(song), candidates=candidates)


def candidate_at(lineup: Sequence[ScoredTrack], index: int | None) -> ScoredTrack | None:
    """The candidate of an index that a model named; None: it named none that there is."""
    return lineup[index] if index is not None and 0 <= index < len(lineup) else None
