"""The API's keys, opened for a command; nothing is started."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from segue.settings.load import Settings
from segue.web.keys import ApiKeys
from segue.wiring.database import open_database


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncGenerator[ApiKeys]:
    """The keys of the settings' database.

    Raises:
        SettingsError: Its address is none.
        StorageError: It cannot be used.
    """
    async with open_database(settings) as database:
        yield ApiKeys(database, time.time)
