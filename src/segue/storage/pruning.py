"""Forgetting rows that nobody needs, a bounded number in each transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from segue.storage.database import Database

BATCH = 1000  # rows a transaction: other writers wait for milliseconds


@dataclass(frozen=True)
class Expiry:
    """Rows of one table that are not needed any more.

    Attributes:
        what: As people are told of them, in the plural.
        table: Where they are.
        condition: Which they are, also while others write.
        content: The columns that hold what counts as their size.
        first: Is executed before the first is deleted: so that nobody finds half of something.
    """

    what: str
    table: sa.Table
    condition: sa.ColumnElement[bool]
    content: Sequence[sa.Column[str] | sa.Column[bytes]] = ()
    first: sa.Update | None = None


@dataclass(frozen=True)
class PrunedRows:
    """What was deleted, or would be; ``size`` is that of its content, in bytes."""

    what: str
    rows: int
    size: int


async def prune(
    database: Database, expiries: Sequence[Expiry], *, dry_run: bool
) -> list[PrunedRows]:
    """Delete rows, in the order of the expiries; a call that was cut off is completed by the next.

    Args:
        database: Migrated; others may write to it.
        expiries: What is not needed.
        dry_run: Count only.

    Raises:
        StorageError: The database did not answer.
    """
    rows = [await _measure(database, expiry) for expiry in expiries]
    if not dry_run:
        for expiry in expiries:
            if expiry.first is not None:
                async with database.writing() as connection:
                    await connection.execute(expiry.first)
            await _delete(database, expiry)
    return rows


async def _measure(database: Database, expiry: Expiry) -> PrunedRows:
    sizes = [sa.func.coalesce(_size(database, column), 0) for column in expiry.content]
    size = sa.func.coalesce(sa.func.sum(sum(sizes, sa.literal(0))), 0)
    statement = sa.select(sa.func.count(), size).select_from(expiry.table).where(expiry.condition)
    async with database.reading() as connection:
        rows, octets = (await connection.execute(statement)).one()
    return PrunedRows(expiry.what, rows, int(octets))


def _size(database: Database, column: sa.Column[str] | sa.Column[bytes]) -> sa.ColumnElement[int]:
    if database.dialect == "postgresql":
        return sa.func.octet_length(column)
    return sa.func.length(sa.cast(column, sa.LargeBinary))  # of text it would count characters


async def _delete(database: Database, expiry: Expiry) -> None:
    key = sa.tuple_(*expiry.table.primary_key.columns)
    some = sa.select(*expiry.table.primary_key.columns).where(expiry.condition).limit(BATCH)
    while True:
        async with database.writing() as connection:
            result = await connection.execute(sa.delete(expiry.table).where(key.in_(some)))
        if result.rowcount < BATCH:
            return
