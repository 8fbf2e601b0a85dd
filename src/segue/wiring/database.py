"""The database that the settings name, opened."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from segue.settings.load import Settings
from segue.storage.address import database_url
from segue.storage.database import Database


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """The database alone, migrated; it is closed at the end.

    Raises:
        SettingsError: The address is none.
        StorageError: The database cannot be used.
    """
    secret = settings.data.database_url
    url = database_url(secret.get_secret_value() if secret else None, settings.data.directory)
    database = Database(url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.aclose()
