"""What a model's choice may change in the matcher's verdict, and what it may not."""

from collections.abc import Sequence

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import ScoredTrack, Verdict
from segue.music.matching.decide import judge
from segue.music.wire.agents import AnsweredDoubt, SongChoice


def settle_doubt(doubt: AnsweredDoubt) -> Verdict:
    """The verdict after a model has spoken.

    A model may accept a track that the matcher finds doubtful, and it may say that none is the
    song. It may not accept a track that this run has not found, that a veto rules out, or that is
    further away than the plan's floor. Where it tries, a person is asked. What the matcher is
    certain of is not up to a model: no strategy does worse than the pipeline there.
    """
    verdict, choice = doubt.verdict, doubt.choice
    if choice is None or verdict.decision == "accept" or verdict.decided_by == "user":
        return verdict
    if choice.uri is None:
        return _nothing_chosen(doubt, choice)
    tracks = {track.uri: track for track in _candidates(doubt)}
    track = tracks.get(choice.uri)
    if track is None:
        return _ask(verdict, "A model named a track that was not found.")
    return _doubtful(doubt, track, choice)


def _nothing_chosen(doubt: AnsweredDoubt, choice: SongChoice) -> Verdict:
    verdict = doubt.verdict
    if verdict.decision == "review" and choice.confidence > doubt.accept_above:
        reason = f"A model says that none of them is the song: {choice.reason}"
        return verdict.model_copy(
            update={"decision": "none", "track": None, "reason": reason, "decided_by": "model"}
        )
    return verdict


def _doubtful(doubt: AnsweredDoubt, track: Track, choice: SongChoice) -> Verdict:
    score = _score(doubt.song, track, doubt.verdict.alternatives)
    if score is None or score.confidence < doubt.floor:
        return _ask(doubt.verdict, "A model chose a track that is too far from what was asked for.")
    if vetoes := [line.detail for line in score.penalties if line.veto]:
        return _ask(doubt.verdict, f"A model chose a track that is ruled out: {vetoes[0]}.")
    if choice.confidence <= doubt.accept_above:
        return _ask(doubt.verdict, f"A model is not sure enough: {choice.reason}")
    return doubt.verdict.model_copy(
        update={
            "decision": "accept",
            "track": track,
            "confidence": score.confidence,
            "reason": f"Chosen by a model: {choice.reason}",
            "decided_by": "model",
        }
    )


def _candidates(doubt: AnsweredDoubt) -> tuple[Track, ...]:
    return (*doubt.candidates, *(candidate.track for candidate in doubt.verdict.alternatives))


def _score(
    song: SongMetadata, track: Track, alternatives: Sequence[ScoredTrack]
) -> ScoredTrack | None:
    score = next(
        (candidate for candidate in alternatives if candidate.track.uri == track.uri), None
    )
    return score or next(iter(judge(song, (track,)).alternatives), None)


def _ask(verdict: Verdict, why: str) -> Verdict:
    """The verdict as a question; with nothing to show there is nothing to ask."""
    best = verdict.track or next((candidate.track for candidate in verdict.alternatives), None)
    if best is None:
        return verdict
    reason = f"{why} {verdict.reason}"
    return verdict.model_copy(update={"decision": "review", "track": best, "reason": reason})
