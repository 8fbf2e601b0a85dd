"""The end of a playlist sync, for whoever wants to be told."""

import contextlib
from collections.abc import Mapping

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from segue.music.activities.ending import EndingActivities
    from segue.music.contracts.tracks import TrackStatus
    from segue.music.wire.options import SHORT_CALL
    from segue.music.wire.syncs import PlaylistSyncInput, SyncEnd, SyncEnding

CHANGE = "announce-sync-end"


async def announce_end(
    sync: PlaylistSyncInput,
    ending: SyncEnding,
    counts: Mapping[TrackStatus, int],
    *,
    verified: bool = False,
    error: str = "",
) -> None:
    """Have it told how the sync ended; that nobody can be told changes nothing about it.

    Args:
        sync: As it was started.
        ending: How it ended.
        counts: Its rows by status.
        verified: The playlist, read back, is as planned.
        error: Code of what made it fail.
    """
    if not workflow.patched(CHANGE):
        return
    end = SyncEnd(
        run_id=sync.run_id,
        playlist_id=sync.playlist.id,
        ending=ending,
        error=error,
        verified=verified,
        dry_run=sync.request.dry_run,
        counts=dict(counts),
    )
    with contextlib.suppress(ActivityError):
        await workflow.execute_activity_method(
            EndingActivities.announce_sync_end, end, **SHORT_CALL
        )
