"""What people later said to the tracks that a strategy accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from segue.music.contracts.reviews import ReviewDecision
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StoredOutcome
from segue.music.store.verdicts import rough_key, wish_key

PAGE = 500  # rows read at a time


@dataclass(frozen=True)
class Reviewed:
    """Rows that a strategy accepted by itself.

    Attributes:
        seen: Those that a person decided later, either way.
        overturned: Seen ones for which the person wanted another track or none.
    """

    accepted: int = 0
    seen: int = 0
    overturned: int = 0

    def plus(self, other: "Reviewed") -> "Reviewed":
        """The sum of two counts."""
        return Reviewed(
            self.accepted + other.accepted,
            self.seen + other.seen,
            self.overturned + other.overturned,
        )


async def review_counts(store: MusicStore, runs: Sequence[StoredOutcome]) -> Reviewed:
    """How the accepted rows of these runs fared before people.

    Args:
        store: Of the runs' catalogue.
        runs: Syncs that wrote.
    """
    decisions = await store.verdicts.decisions()
    total = Reviewed()
    for run in runs:
        since = floor(run.started_at)  # decisions are kept to the second
        later = {
            decision.key: decision
            for decision in decisions
            if datetime.fromisoformat(decision.decided_at).timestamp() >= since
        }
        for start in range(0, run.rows, PAGE):
            total = total.plus(await _page(store, run, later, start))
    return total


async def _page(
    store: MusicStore, run: StoredOutcome, later: Mapping[str, ReviewDecision], start: int
) -> Reviewed:
    verdicts = await store.runs.rows(run.run_id, offset=start, limit=PAGE)
    uris = {
        row: verdict.track.uri
        for row, verdict in verdicts
        if row < start + PAGE
        and verdict.decision == "accept"
        and verdict.track
        and verdict.decided_by != "user"
    }
    if not later:
        return Reviewed(len(uris))
    songs = await store.imports.rows(run.import_id, list(uris))
    reviews = [
        (uri, decision)
        for row, uri in uris.items()
        if (decision := later.get(wish_key(songs[row])) or later.get(rough_key(songs[row])))
    ]
    return Reviewed(len(uris), len(reviews), sum(decision.uri != uri for uri, decision in reviews))
