"""The database cannot be used."""

from segue.errors.base import SegueError


class StorageError(SegueError):
    """The database cannot be reached or refused a statement."""

    code = "storage.unavailable"
    status = 503
    exit_code = 4
    retryable = True
    is_outage = True
    default_hint = "Check DATABASE_URL and that the database is up; `segue doctor` tries it."
