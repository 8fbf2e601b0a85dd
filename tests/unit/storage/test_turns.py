"""Writers of one process stand in line for SQLite, and in none for Postgres."""

import asyncio

from sqlalchemy import make_url

from segue.storage.database import database_url, open_engine
from segue.storage.turns import turn_to_write


async def test_writers_of_a_file_come_one_after_the_other_in_their_order(tmp_path):
    engine = open_engine(database_url(None, tmp_path))
    inside, came = [], []

    async def write(number):
        async with turn_to_write(engine):
            inside.append(number)
            await asyncio.sleep(0)
            came.append((number, list(inside)))
            inside.remove(number)

    await asyncio.gather(*(write(number) for number in range(5)))

    assert came == [(number, [number]) for number in range(5)]
    await engine.dispose()


async def test_writers_of_two_files_do_not_wait_for_each_other(tmp_path):
    engines = [open_engine(database_url(None, tmp_path / name)) for name in ("a", "b")]

    async with turn_to_write(engines[0]), asyncio.timeout(10), turn_to_write(engines[1]):
        pass

    for engine in engines:
        await engine.dispose()


async def test_writers_of_postgres_do_not_wait():
    engine = open_engine(make_url("postgresql+asyncpg://nobody@127.0.0.1:1/none"))

    async with turn_to_write(engine), asyncio.timeout(10), turn_to_write(engine):
        pass

    await engine.dispose()
