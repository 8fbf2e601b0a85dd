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


class SchemaError(StorageError):
    """The database's schema is not one that this Segue can work on."""

    code = "storage.schema"
    retryable = False
    is_outage = False
    default_hint = (
        "`segue db current` shows the revisions; `segue db upgrade` brings it up to date."
    )
