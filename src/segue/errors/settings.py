"""A setting cannot work."""

from segue.errors.base import SegueError


class SettingsError(SegueError):
    """A setting has a value that cannot work; the message names the variable."""

    code = "settings.invalid"
    status = 500
    exit_code = 3
    default_hint = "Correct the variable in the environment or in .env; `segue doctor` checks all."


class OtherDatabaseError(SettingsError):
    """The database is not the one that stands with this namespace of Temporal."""

    code = "settings.other_database"
    default_hint = (
        "Set DATABASE_URL as the other processes have it; after a move to another database, run"
        " `segue db adopt`."
    )
