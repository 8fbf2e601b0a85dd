"""What a statement on SQLite costs, and gives."""

from typing import Any, cast

import sqlalchemy as sa

from segue.storage.address import database_url
from segue.storage.database import Database

ROWS = sa.Table(
    "rows",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)


async def test_a_statement_visits_its_thread_once_and_gives_all_that_it_came_to(
    tmp_path, monkeypatch
):
    database = Database(database_url(None, tmp_path))
    async with database.writing() as connection:
        await connection.run_sync(ROWS.create)
        driver = cast(Any, (await connection.get_raw_connection()).driver_connection)
        visits, execute = list[object](), driver._execute

        async def visit(work: Any) -> object:
            visits.append(work)
            return await execute(work)

        monkeypatch.setattr(driver, "_execute", visit)
        new = await connection.execute(sa.insert(ROWS).returning(ROWS.c.id), {"text": "one"})
        key = new.scalar_one()
        last = (await connection.execute(sa.insert(ROWS), {"text": "two"})).inserted_primary_key
        await connection.execute(sa.insert(ROWS), [{"text": "three"}, {"text": "four"}])
        changed = await connection.execute(sa.update(ROWS).values(text="new").where(ROWS.c.id > 1))
        rows = (await connection.execute(sa.select(ROWS).order_by(ROWS.c.id))).all()
        assert len(visits) == 5
        monkeypatch.undo()
    await database.aclose()
    assert (key, last, changed.rowcount) == (1, (2,), 3)
    assert [tuple(row) for row in rows] == [(1, "one"), (2, "new"), (3, "new"), (4, "new")]
