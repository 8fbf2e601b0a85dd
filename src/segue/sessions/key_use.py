"""Which master keys the database still needs, so that one that is missing is named at once."""

from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from segue.sessions.histories.tables import KEYS
from segue.sessions.sealing import Seal
from segue.sessions.tables import CONVERSATIONS
from segue.storage.database import Database


async def keys_in_use(database: Database) -> Mapping[str, int]:
    """How many keys of conversations and of workflows each master key wraps.

    Raises:
        StorageError: The database did not answer.
    """
    count = Counter[str]()
    async with database.reading() as connection:
        for key_id in (CONVERSATIONS.c.key_id, KEYS.c.key_id):
            statement = (
                sa.select(key_id, sa.func.count()).where(key_id.is_not(None)).group_by(key_id)
            )
            for name, number in (await connection.execute(statement)).all():
                count[str(name)] += number
    return count


async def missing_keys(database: Database, seal: Seal | None) -> str | None:
    """Which master keys are needed and not configured, in a sentence; None: none is missing.

    Args:
        database: Migrated.
        seal: The configured ones; None: encryption is off.

    Raises:
        StorageError: The database did not answer.
    """
    missing = {
        name: number
        for name, number in (await keys_in_use(database)).items()
        if seal is None or not seal.has(name)
    }
    if not missing:
        return None
    names = ", ".join(f"{name!r} ({number} in use)" for name, number in sorted(missing.items()))
    return (
        f"SEGUE_ENCRYPTION_KEYS lacks {names}: conversations and runs under it cannot be read."
        " Put it back, and run `segue db rewrap` before it is left out."
    )
