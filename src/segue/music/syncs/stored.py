"""Syncs as the database knows them, for when Temporal has forgotten them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from segue.errors.sync import SyncError
from segue.music.contracts.agent_use import per_thousand
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.reports import StoredReport, StoredRows
from segue.music.contracts.runs import FORGOTTEN, RUNNING
from segue.music.contracts.syncs import RunSummary, SyncPhase, SyncProgress, SyncReport
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import Outcome, StoredOutcome
from segue.music.syncs.report import stored_sync
from segue.music.wire.names import PLAYLIST_SYNC
from segue.music.wire.plans import Plan

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
    whole = await stored_sync(store, sync.run_id, sync.import_id, planned_counts=sync.dry_run)
    has_removed = sync.dry_run or sync.outcome == "verified"
    head = SyncReport(
        playlist=PlaylistLink(id=sync.playlist_id, name=sync.playlist_name),
        counts=await whole.counts(store),
        verified=sync.outcome == "verified",
        removed=whole.plan.removed if has_removed else (),
        dry_run=sync.dry_run,
        message=(
            f"Temporal has forgotten this sync ({_status(sync)}); this is what the database holds "
            "of it."
        ),
        workflow_id=sync.workflow_id,
        seconds=sync.seconds or 0.0,
        strategy=sync.strategy,
        strategy_reason=sync.reason,
        agents=sync.agents,
        per_thousand=per_thousand(sync.agents, whole.songs) if sync.agents else None,
    )
    return StoredReport(head, whole.rows(store))


async def forgotten_rows(store: MusicStore, sync: StoredOutcome) -> StoredRows:
    """The rows of a sync that Temporal has forgotten.

    Args:
        store: Of the catalogue it worked on.
        sync: Its start and its end.

    Raises:
        RunNotFoundError: Its import is not stored.
    """
    whole = await stored_sync(store, sync.run_id, sync.import_id, planned_counts=sync.dry_run)
    return whole.rows(store)


async def forgotten_progress(store: MusicStore, sync: StoredOutcome) -> SyncProgress:
    """How far a sync came that Temporal has forgotten.

    Args:
        store: Of the catalogue it worked on.
        sync: Its start and its end.
    """
    decisions = await store.runs.decisions(sync.run_id)
    run = await store.runs.get(sync.run_id)
    plan = run.plan if run and run.plan else Plan()
    additions = len(plan.wanted) - len(plan.already)
    return SyncProgress(
        phase=SyncPhase.DONE,
        total=sync.rows,
        matched=sum(decisions.values()),
        accepted=decisions.get("accept", 0),
        review=decisions.get("review", 0),
        not_found=decisions.get("none", 0),
        failed=decisions.get("failed", 0),
        to_add=additions,
        added=max(0, additions - len(plan.absent)),
        to_remove=len(plan.removed),
        playlist_id=sync.playlist_id,
        playlist_name=sync.playlist_name,
    )


def sync_ended(workflow_id: str, status: str) -> SyncError:
    """The error of whoever steers a sync that has ended.

    Args:
        workflow_id: The sync.
        status: Temporal's word, or ``FORGOTTEN``.
    """
    return SyncError(f"The sync {workflow_id!r} has ended ({status}).", hint="Its result is there.")


def _status(sync: StoredOutcome) -> str:
    return _STATUS.get(sync.outcome, "its end is not known")


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
