"""The statement that both databases understand."""

import pytest
import sqlalchemy as sa

from segue.storage.statements import insert_new, upsert

PAIRS = sa.Table(
    "pairs",
    sa.MetaData(),
    sa.Column("left", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("right", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text),
    sa.Column("made", sa.Integer),
)
BEFORE = {"left": 1, "right": 2, "text": "old", "made": 1}
AFTER = {"left": 1, "right": 2, "text": "new", "made": 2}
OTHER = {"left": 1, "right": 3, "text": "other", "made": 2}


@pytest.mark.parametrize(
    ("replace", "kept"),
    [
        ((), BEFORE),
        (("text",), {**BEFORE, "text": "new"}),
        (("text", "made"), AFTER),
    ],
)
async def test_a_newer_row_replaces_the_named_columns_and_no_others(database, replace, kept):
    async with database.writing() as connection:
        await connection.run_sync(PAIRS.create)
        await connection.execute(PAIRS.insert(), BEFORE)

        await connection.execute(
            upsert(connection.dialect.name, PAIRS, replace=replace), [AFTER, OTHER]
        )

        rows = (await connection.execute(sa.select(PAIRS).order_by(PAIRS.c.right))).mappings()
        assert [dict(row) for row in rows] == [kept, OTHER]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_statement_is_built_once(dialect):
    first = upsert(dialect, PAIRS, replace=["text"])

    assert upsert(dialect, PAIRS, replace=("text",)) is first
    assert insert_new(dialect, PAIRS) is insert_new(dialect, PAIRS)


async def test_an_insert_says_whether_its_row_is_new(database):
    async with database.writing() as connection:
        await connection.run_sync(PAIRS.create)
        statement = insert_new(connection.dialect.name, PAIRS)

        assert await connection.scalar(statement, BEFORE) == 1
        assert await connection.scalar(statement, AFTER) is None
