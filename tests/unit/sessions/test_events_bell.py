"""A bell that cannot be hung harms nobody."""

import asyncio

import pytest
from sqlalchemy import make_url

from segue.sessions.events.bell import PostgresBell, bell_for
from segue.storage.database import Database
from tests.fakes.waiting import until


class Away:
    """An database whose database is away."""

    def __init__(self):
        self.tries = 0

    def driver_connection(self):
        self.tries += 1
        raise OSError("nobody there")


@pytest.mark.parametrize(
    ("url", "kind"),
    [("sqlite+aiosqlite:///x", type(None)), ("postgresql+asyncpg://h/x", PostgresBell)],
)
def test_only_postgres_has_a_bell(url, kind):
    assert type(bell_for(Database(make_url(url)))) is kind


async def test_a_database_that_stays_away_is_tried_again_and_again_and_told_of_once(caplog):
    database = Away()
    bell = PostgresBell(database)  # pyright: ignore[reportArgumentType] - only this is used
    listening = asyncio.create_task(bell.listen(lambda _turn: None))
    await until(lambda: database.tries == 3, "the third try")

    listening.cancel()
    await asyncio.wait({listening})
    assert caplog.text.count("nobody there") == 1
    assert not bell.connected
