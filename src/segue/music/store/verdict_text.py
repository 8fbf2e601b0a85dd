"""Verdicts as the database keeps them."""

from segue.music.contracts.verdicts import Verdict


def verdict_text(verdict: Verdict) -> str:
    """A verdict as JSON. Of a certain one only the chosen track's ledger is kept, where it has one.

    What else was near matters to nobody then, and is nine tenths of the text.
    """
    if verdict.decision == "accept" and verdict.track is not None:
        uri = verdict.track.uri
        own = tuple(
            near for near in verdict.alternatives if near.track.uri == uri and near.penalties
        )
        verdict = verdict.model_copy(update={"alternatives": own})
    return verdict.model_dump_json(exclude_defaults=True)
