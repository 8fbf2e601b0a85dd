"""Decide which of several candidate tracks is the song."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Decision, ScoredTrack, Verdict
from segue.music.matching.addresses import judge_address
from segue.music.matching.distance import Distance, measure
from segue.music.matching.normalise import fold
from segue.music.matching.policy import STANDARD, MatchPolicy
from segue.music.matching.releases import kinds_of_release
from segue.music.matching.titles import read_title
from segue.music.matching.wish import Wish, read_wish

_ALTERNATIVES: Final = 5  # what a verdict may carry; see contracts.Verdict
_HOPELESS: Final = 1.0  # another artist or title altogether: such tracks are all equally far
_AGREED: Final = "Title, artist and version agree."
_UNDATED: Final = "9999"  # sorts behind every release date


@dataclass(frozen=True, slots=True)
class _Candidate:
    track: Track
    distance: Distance

    @property
    def rank(self) -> tuple[bool, float, str, str]:
        """Nearest first; of equals the earliest release, which is the original."""
        release_date = self.track.release_date or _UNDATED
        return self.distance.vetoed, self.distance.total, release_date, self.track.uri


def judge(song: SongMetadata, tracks: Sequence[Track], policy: MatchPolicy = STANDARD) -> Verdict:
    """Decide which of the tracks is the song, if any.

    Never raises, whatever the texts. The order of the tracks and repetitions among them do not
    matter. ``review`` means that a person should look: nothing is to be added.

    Args:
        song: The wish as its source spells it.
        tracks: What a catalogue's search returned; may be empty.
        policy: Weights and thresholds.
    """
    if song.is_address:
        return judge_address(song, tracks)
    wish = read_wish(song)
    if wish.refusal:
        return Verdict(decision="none", reason=wish.refusal)
    ranking = _rank(wish, tracks, policy)
    if kinds := kinds_of_release(wish, ((each.track, each.distance) for each in ranking)):
        ranking = _rank(replace(wish, release_kinds=kinds), tracks, policy)
    if not ranking:
        return Verdict(decision="none", reason="The catalogue has no track like this.")
    if ranking[0].distance.total >= _HOPELESS:
        ranking.sort(key=lambda candidate: (_title_far(wish, candidate.track), *candidate.rank))
    alternatives = tuple(_score_track(candidate) for candidate in ranking[:_ALTERNATIVES])
    decision, reason = _decide(ranking, alternatives[0], policy)
    return Verdict(
        decision=decision,
        track=None if decision == "none" else ranking[0].track,
        confidence=alternatives[0].confidence,
        reason=reason,
        alternatives=alternatives,
    )


def _rank(wish: Wish, tracks: Sequence[Track], policy: MatchPolicy) -> list[_Candidate]:
    distinct = {track.uri: track for track in tracks}.values()
    candidates = (_Candidate(track, measure(wish, track, policy)) for track in distinct)
    return sorted(candidates, key=lambda candidate: candidate.rank)


def _decide(
    ranking: Sequence[_Candidate], best: ScoredTrack, policy: MatchPolicy
) -> tuple[Decision, str]:
    distance = ranking[0].distance
    doubts = "; ".join(line.detail for line in best.penalties[:2])
    if distance.total > policy.review:
        nearest = f"{', '.join(best.track.artists)} - {best.track.title}"
        hopeless = f"; the nearest title is {nearest}" if distance.total >= _HOPELESS else ""
        return "none", f"Nothing near enough{hopeless or f': {doubts}'}."
    if distance.vetoed or distance.total > policy.accept:
        return "review", f"Doubtful: {doubts}."
    if rival := _rival(ranking, policy):
        return "review", f"Two songs are equally near: {best.track.title} and {rival.title}."
    if witness := _witness(ranking):
        return "review", f"Doubtful: {doubts}; {witness}."
    return "accept", f"Accepted, although {doubts}." if doubts else _AGREED


def _witness(ranking: Sequence[_Candidate]) -> str:
    """What another candidate says against the best one, in words; empty for nothing."""
    if other := _with_the_absent(ranking):
        return f"somebody asked for is on {other.title}"
    if other := _on_the_release(ranking):
        return f"on the release asked for it is by {', '.join(other.artists)}"
    return ""


def _with_the_absent(ranking: Sequence[_Candidate]) -> Track | None:
    """Another recording of the song with an artist who was asked for and is not on the best one.

    It may be called a remix: songs sung anew with guests are.
    """
    absent = set(ranking[0].distance.absent)
    for other in ranking[1:] if absent else ():
        vetoes = {line.name for line in other.distance.lines if line.veto}
        same_song = vetoes <= {"version", "occasion"}
        called_remix = read_title(other.track.title).kinds <= {"remix"}
        if same_song and called_remix and absent - set(other.distance.absent):
            return other.track
    return None


def _on_the_release(ranking: Sequence[_Candidate]) -> Track | None:
    """The recording with a guest on the release asked for, where the best is on another, without.

    A folder names the main artist alone, so that its release is the better witness.
    """
    names = {line.name for line in ranking[0].distance.lines}
    for other in ranking[1:] if "album" in names and "guests" not in names else ():
        lines = {line.name for line in other.distance.lines}
        on_release = other.track.album and "album" not in lines
        if on_release and "guests" in lines and not other.distance.vetoed:
            return other.track
    return None


def _rival(ranking: Sequence[_Candidate], policy: MatchPolicy) -> Track | None:
    """The track with another title that a misspelt wish may mean as well as the best one."""
    best = ranking[0].distance
    for other in ranking[1:]:
        if not best.spelled or other.distance.vetoed:
            return None
        if other.distance.total > best.total + policy.gap:
            return None
        if other.distance.spelled != best.spelled:
            return other.track
    return None


def _title_far(wish: Wish, track: Track) -> float:
    """The distance between titles alone, to order tracks by other artists for a person."""
    track_title = fold(track.title)
    return -max(
        fuzz.token_set_ratio(fold(reading.title.text), track_title) for reading in wish.readings
    )


def _score_track(candidate: _Candidate) -> ScoredTrack:
    return ScoredTrack(
        track=candidate.track,
        confidence=round(1 - candidate.distance.total, 4),
        penalties=candidate.distance.penalties(),
    )
