"""The engine cannot be used."""

from segue.errors.base import SegueError


class TemporalError(SegueError):
    """The workflow engine cannot be used."""

    code = "temporal.error"
    status = 503
    exit_code = 4


class TemporalUnreachableError(TemporalError):
    """No Temporal server answers at the configured address."""

    code = "temporal.unreachable"
    retryable = True
    default_hint = "`segue doctor` says which server is asked, and whether it answers."


class TemporalStorageError(TemporalError):
    """Temporal's own database cannot be used: its disk is full, or the file is damaged."""

    code = "temporal.storage"
    default_hint = "Free space on the server's disk, or restore its database; its log says which."


class TemporalStartError(TemporalError):
    """The embedded server did not become ready."""

    code = "temporal.start_failed"
    default_hint = "Read the server's log named above; `segue doctor` checks disk and ports."


class TemporalVersionError(TemporalError):
    """The embedded server's data was written by another server version."""

    code = "temporal.version_mismatch"
    default_hint = "Install the recorded version, or move the data file away to start afresh."
