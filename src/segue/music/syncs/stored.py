"""Syncs as the database knows them, for when Temporal has forgotten them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from segue.music.contracts.agent_use import per_thousand
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.runs import FORGOTTEN, RUNNING
from segue.music.contracts.syncs import RunSummary, SyncReport
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import Outcome, StoredOutcome
from segue.music.syncs.report import stored_rows
from segue.music.wire.names import PLAYLIST_SYNC

# Temporal's words.
_STATUS: Mapping[Outcome | None, str] = MappingProxyType({
    "verified": "completed",
    "planned": "completed",
    "incomplete": "completed",
    "failed": "failed",
    "cancelled": "canceled",
})
_LISTED_WITHIN_S = 60.0  # Temporal's list lags behind its runs, by a second or so


def stored_summary(sync: StoredOutcome, *, now: float) -> RunSummary:
    """A sync in a line, of which Temporal's list says nothing.

    One without a recorded end is just beginning, or forgotten: it neither runs nor comes back.

    Args:
        sync: As stored.
        now: Epoch seconds.
    """
    is_fresh = sync.outcome is None and now - sync.started_at < _LISTED_WITHIN_S
    return RunSummary(
        workflow_id=sync.workflow_id,
        run_id=sync.temporal_run_id,
        kind=PLAYLIST_SYNC,
        status=RUNNING if is_fresh else _STATUS.get(sync.outcome, FORGOTTEN),
        playlist_name=sync.playlist_name,
        started_at=_iso(sync.started_at),
        closed_at=None if sync.closed_at is None else _iso(sync.closed_at),
        strategy=sync.strategy,
    )


async def forgotten_report(store: MusicStore, sync: StoredOutcome) -> StoredReport:
    """What the database says of a sync that Temporal has forgotten.

    Args:
        store: Of the catalogue it worked on.
        sync: Its start and its end.

    Raises:
        RunNotFoundError: Its import is not stored.
    """
    rows = await stored_rows(store, sync.run_id, sync.import_id, planned_counts=sync.dry_run)
    head = SyncReport(
        playlist=PlaylistLink(id=sync.playlist_id, name=sync.playlist_name),
        counts=dict(rows.counts),
        verified=sync.outcome == "verified",
        dry_run=sync.dry_run,
        message="Temporal has forgotten this sync; this is what the database holds of it.",
        workflow_id=sync.workflow_id,
        seconds=sync.seconds or 0.0,
        strategy=sync.strategy,
        strategy_reason=sync.reason,
        agents=sync.agents,
        per_thousand=per_thousand(sync.agents, rows.songs) if sync.agents else None,
    )
    return StoredReport(head, rows)


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
