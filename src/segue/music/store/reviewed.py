"""What people later said to the tracks that a strategy accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StoredOutcome
from segue.music.store.verdicts import wish_key

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
    total = Reviewed()
    for run in runs:
        for start in range(0, run.rows, PAGE):
            total = total.plus(await _page(store, run, start))
    return total


async def _page(store: MusicStore, run: StoredOutcome, start: int) -> Reviewed:
    verdicts = await store.runs.rows(run.run_id, offset=start, limit=PAGE)
    uris = {
        row: verdict.track.uri
        for row, verdict in verdicts
        if row < start + PAGE
        and verdict.decision == "accept"
        and verdict.track
        and verdict.decided_by != "user"
    }
    songs = await store.imports.rows(run.import_id, list(uris))
    decisions = await store.verdicts.decisions_about(
        list(songs.values()), since=floor(run.started_at)
    )
    reviews = [
        (uri, decision)
        for row, uri in uris.items()
        if (decision := decisions.get(wish_key(songs[row])))
    ]
    return Reviewed(len(uris), len(reviews), sum(decision.uri != uri for uri, decision in reviews))
