"""How many syncs there are and how they ended, and how many songs wait for a person."""

from collections.abc import Mapping

import sqlalchemy as sa

from segue.music.store.outcomes import SONGS
from segue.music.store.tables import REVIEWS, SYNC_OUTCOMES
from segue.runs.store.counters import counters
from segue.storage.database import Database

OPEN = "open"  # it runs, or nobody has looked at its end yet


async def sync_totals(database: Database) -> Mapping[tuple[str, ...], float]:
    """Syncs by catalogue, strategy and outcome.

    Raises:
        StorageError: The database did not answer.
    """
    table = SYNC_OUTCOMES.c
    groups = (table.catalogue, table.strategy, table.outcome)
    statement = (
        sa.select(*groups, sa.func.count()).where(table.dry_run.is_(False)).group_by(*groups)
    )
    async with database.of("syncs").reading() as connection:
        rows = (await connection.execute(statement)).all()
    return {
        (str(catalogue), str(strategy), str(outcome or OPEN)): count
        for catalogue, strategy, outcome, count in rows
    }


async def song_totals(database: Database) -> Mapping[tuple[str, ...], float]:
    """Songs of all syncs that ever ended, by catalogue and final status.

    Raises:
        StorageError: The database did not answer.
    """
    async with database.of("syncs").reading() as connection:
        totals = await counters(connection)
    return {
        (counter.first, counter.second): value
        for counter, value in totals.items()
        if counter.name == SONGS
    }


async def reviews_waiting(database: Database) -> Mapping[tuple[str, ...], float]:
    """Songs that wait for a person's decision, by catalogue.

    Raises:
        StorageError: The database did not answer.
    """
    statement = sa.select(REVIEWS.c.catalogue, sa.func.count()).group_by(REVIEWS.c.catalogue)
    async with database.of("syncs").reading() as connection:
        rows = (await connection.execute(statement)).all()
    return {(str(catalogue),): count for catalogue, count in rows}
