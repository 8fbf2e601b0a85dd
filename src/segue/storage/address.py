"""Where the database is: the address that the user wrote, and how it is shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from segue.errors.settings import SettingsError

SQLITE_FILE = "segue.db"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
EXPECTED = "expected postgresql://… or sqlite:///…"


def database_url(url: str | None, directory: Path) -> URL:
    """The async SQLAlchemy address for what the user wrote, or for the file in ``directory``.

    Raises:
        SettingsError: Not an address of a SQLite file or of Postgres. It never quotes the address,
            which may hold a password.
    """
    if not url:
        return URL.create(DRIVERS["sqlite"], database=str(directory / SQLITE_FILE))
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(f"DATABASE_URL is not a database address; {EXPECTED}.") from None
    backend = address.get_backend_name()
    if backend not in DRIVERS:
        raise SettingsError(f"DATABASE_URL names {backend!r}; {EXPECTED}.")
    if backend == "sqlite" and address.database in {None, "", ":memory:"}:
        raise SettingsError(f"DATABASE_URL names no file for all processes to share; {EXPECTED}.")
    return address.set(drivername=DRIVERS[backend])


def without_password(url: URL) -> str:
    """Where the database is, without anything that may hold a password.

    An unescaped ``@`` in a password spills the rest of it into what follows.
    """
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}".rpartition("@")[2]
