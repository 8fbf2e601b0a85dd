"""The counters by which benchmarks say what a turn asks of its database."""

import sqlalchemy as sa

from benchmarks.statements import counted
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare


async def test_connections_transactions_and_statements_of_each_kind_of_database_are_counted(
    database: Database, tmp_path
):
    other = Database(sa.make_url(f"sqlite+aiosqlite:///{tmp_path}/other.db"))
    await prepare(other)
    with counted(database.url) as found:
        async with database.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))
        read = found.connections, found.statements
        found.reset()
        async with database.writing() as connection:
            await connection.execute(sa.text("SELECT 1"))
            await connection.execute(sa.text("SELECT 2"))
        async with other.writing() as connection:
            await connection.execute(sa.text("SELECT 3"))
    await other.aclose()
    assert read == (1, 1)
    assert (found.connections, found.transactions, found.statements) == (1, 1, 2)
