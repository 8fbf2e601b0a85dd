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


class StorageFullError(StorageError):
    """The disk of the database is full; what was to be written waits."""

    code = "storage.full"
    default_hint = "Free some space; what waits goes on by itself."


class StorageReadOnlyError(StorageError):
    """The database may be read and not written, or its file cannot be opened."""

    code = "storage.read_only"
    retryable = False
    is_outage = False
    default_hint = (
        "Give this user the right to write the file and its folder, or the role its rights."
    )


class StorageDamagedError(StorageError):
    """The database's own bytes are damaged; no second try helps."""

    code = "storage.damaged"
    retryable = False
    is_outage = False
    default_hint = "Stop everything and restore the database from a backup (docs/operations.md)."


class StorageLoginError(StorageError):
    """The server does not let this user in, or does not have this database; what needs it waits."""

    code = "storage.login"
    default_hint = "Correct user, password and database in DATABASE_URL; `segue doctor` tries them."
