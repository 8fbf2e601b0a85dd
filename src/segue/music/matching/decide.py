"""From candidates to a verdict."""

from collections.abc import Sequence

from segue.music.contracts import ScoredTrack, SongMetadata, Track, Verdict
from segue.music.matching.distance import Distance, measure
from segue.music.matching.policy import STANDARD, MatchPolicy
from segue.music.matching.wish import read_wish


def judge(
    song: SongMetadata, tracks: Sequence[Track], policy: MatchPolicy = STANDARD
) -> Verdict:
    """Decide which of the tracks is the song, if any; the order of the tracks does not matter."""
    wish = read_wish(song)
    if wish.refusal:
        return Verdict(decision="none", reason=wish.refusal)
    ranked = sorted(
        ((measure(wish, track, policy), track) for track in tracks),
        key=lambda pair: (pair[0].vetoed, pair[0].total, pair[1].uri),
    )
    if not ranked:
        return Verdict(decision="none", reason="The catalogue found nothing.")
    best, track = ranked[0]
    alternatives = tuple(_scored(distance, other) for distance, other in ranked[:5])
    if not best.vetoed and best.total <= policy.accept:
        decision = "accept"
    elif best.total <= policy.review:
        decision = "review"
    else:
        decision = "none"
    return Verdict(
        decision=decision,
        track=None if decision == "none" else track,
        confidence=alternatives[0].confidence,
        reason=alternatives[0].penalties[0].detail if alternatives[0].penalties else "Same title and artist.",
        alternatives=alternatives,
    )


def _scored(distance: Distance, track: Track) -> ScoredTrack:
    return ScoredTrack(
        track=track, confidence=round(1 - distance.total, 4), penalties=distance.penalties()
    )
