import logging

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from segue.llm.cache import ANSWERS, SqlAnswerCache
from segue.storage.database import Database


class Clock:
    now = 1000.0

    def __call__(self):
        self.now += 0.001
        return self.now


@pytest.fixture
def clock():
    return Clock()


async def test_a_text_is_kept_and_replaced(database, clock):
    cache = SqlAnswerCache(database, clock=clock)
    await cache.put("a", "one")
    await cache.put("a", "two")
    assert await cache.get("a") == "two"
    assert await cache.get("b") is None


async def test_another_worker_finds_it(database, clock):
    await SqlAnswerCache(database, clock=clock).put("a", "one")
    assert await SqlAnswerCache(database, clock=clock).get("a") == "one"


async def test_an_old_answer_is_not_given(database, clock):
    cache = SqlAnswerCache(database, clock=clock, max_age_seconds=60)
    await cache.put("a", "one")
    clock.now += 61
    assert await cache.get("a") is None


async def test_what_is_too_old_or_too_much_is_dropped(database, clock):
    cache = SqlAnswerCache(database, clock=clock, max_age_seconds=60, max_answers=2)
    await cache.put("old", "x")
    clock.now += 61
    for key in "abc":
        await cache.put(key, key)
    async with database.reading() as connection:
        rows = (await connection.execute(ANSWERS.select().order_by(ANSWERS.c.key))).all()
    assert [row.key for row in rows] == ["b", "c"]


async def test_a_database_that_fails_costs_no_answer(tmp_path, clock, caplog):
    lost = Database(make_url(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/x.db"))
    cache = SqlAnswerCache(lost, clock=clock)
    with caplog.at_level(logging.WARNING):
        await cache.put("a", "one")
        assert await cache.get("a") is None
    assert sum("answer cache" in message for message in caplog.messages) == 2
    await lost.aclose()


async def test_the_table_is_the_one_that_migrations_make(database):
    def made(connection):
        looked = inspect(connection)
        columns = [column["name"] for column in looked.get_columns("model_answers")]
        return columns, [index["name"] for index in looked.get_indexes("model_answers")]

    async with database.reading() as connection:
        columns, indexes = await connection.run_sync(made)
    assert columns == [column.name for column in ANSWERS.columns]
    assert indexes == [index.name for index in ANSWERS.indexes]
