"""What passes between a sync and the activities that plan and edit its playlist."""

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import SyncMode
from segue.music.planning.playlist_edits import Slot


class PlanInput(Wire):
    """Input of ``plan-playlist``.

    Attributes:
        playlist_id: None for a dry run on a playlist that does not exist yet.
        repair: A write ended without an answer, so surplus copies may be ours.
    """

    run_id: str
    import_id: str
    playlist_id: str | None
    mode: SyncMode
    repair: bool = False


class PlanResult(Wire):
    """Answer of ``plan-playlist``.

    Attributes:
        edits: Requests still to send; 0 means that the playlist is as planned.
        absent: Wanted tracks that the playlist does not hold yet.
        planned: Tracks that this sync adds in all.
        removals: Items that a mirror takes out for good.
        unsearched: Rows that could not be searched; a mirror takes nothing out then.
    """

    edits: int
    absent: int
    planned: int
    removals: int
    unsearched: int = 0


class ApplyEditInput(Wire):
    """Input of ``apply-playlist-edit``.

    Attributes:
        index: 0-based, into the edits of the newest plan.
    """

    run_id: str
    playlist_id: str
    index: int


class ApplyEditResult(Wire):
    """Answer of ``apply-playlist-edit``: how many tracks it put in; 0 for a removal."""

    inserted: int


class Plan(Wire):
    """A sync's plan as the database keeps it.

    Attributes:
        baseline: The playlist before this sync wrote anything.
        wanted: Accepted tracks in source order.
        rows: The source position of each wanted track.
        already: Indices into ``wanted`` that the baseline held.
        absent: Indices into ``wanted`` that the playlist did not hold at the last reading.
        removed: What a mirror takes out.
        unsearched: Rows without a verdict that rests on a search: any track of the playlist may be
            what they ask for.
    """

    baseline: tuple[Slot, ...] = ()
    wanted: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    already: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    removed: tuple[Track, ...] = ()
    unsearched: int = 0
