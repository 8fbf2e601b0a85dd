"""A sync cannot do what was asked."""

from segue.errors.base import SegueError


class SyncError(SegueError):
    """A sync cannot do what was asked."""

    code = "sync.error"
    status = 409
    exit_code = 6


class RunNotFoundError(SyncError):
    """No run has this id."""

    code = "sync.run_not_found"
    status = 404
    default_hint = "`segue runs` lists them."


class AlreadyRunningError(SyncError):
    """Another sync is writing this playlist."""

    code = "sync.already_running"
    default_hint = "Attach to it with `segue runs attach ID`, or wait for it."


class ImportInUseError(SyncError):
    """Syncs of this import are stored, and read it."""

    code = "sync.import_in_use"
    default_hint = "It is deleted with them, or a month after the last one is."


class ReviewDecidedError(SyncError):
    """Somebody else has decided this doubtful match already, and otherwise."""

    code = "sync.review_decided"
    default_hint = "The decision in force can be forgotten; the next sync then asks again."


class ConfirmationNeededError(SyncError):
    """The sync would remove tracks and nobody agreed to that."""

    code = "sync.confirmation_needed"
    default_hint = "Look at what would go with --dry-run, then repeat with --yes."


class PlaylistChangedError(SyncError):
    """Somebody else changed the playlist in a way the plan cannot be fitted to."""

    code = "sync.playlist_changed"
    default_hint = "Run the sync again: it plans anew from what the playlist holds now."


class PlanOutdatedError(SyncError):
    """Another run of ours has added a track of the plan since it was made; nothing was sent."""

    code = "sync.plan_outdated"
    retryable = True
    default_hint = "Nothing to do: the sync reads the playlist again and plans what is left."


class NoMatchFoundError(SyncError):
    """No catalogue track is the recording that was asked for."""

    code = "sync.no_match_found"
    status = 404
    failure_type = "NoMatchFoundError"
