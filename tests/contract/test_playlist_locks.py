"""Writers of one playlist wait for each other, on every kind of database."""

import asyncio
import time
from datetime import timedelta

import pytest

from segue.errors.catalogue import CatalogueUnavailableError
from segue.music.spotify_mcp.baskets import BasketStore
from segue.music.store.locks import database_locks


async def test_one_writer_of_a_playlist_at_a_time(database):
    lock = database_locks(database)
    at_work, most = 0, 0

    async def write():
        nonlocal at_work, most
        async with lock("playlist"):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(*(write() for _ in range(4)))

    assert most == 1


async def test_who_waits_too_long_is_told_and_has_done_nothing(database):
    lock = database_locks(database, within=timedelta(milliseconds=50))

    async with lock("playlist"):
        with pytest.raises(CatalogueUnavailableError, match="nothing was done"):
            async with lock("playlist"):
                raise AssertionError("two at once")


async def test_a_writer_that_fails_lets_go(database):
    lock = database_locks(database)
    with pytest.raises(LookupError):
        async with lock("playlist"):
            raise LookupError

    async with lock("playlist"):
        pass


async def test_what_is_written_under_a_lock_is_there_before_the_lock_goes(database):
    baskets = BasketStore(database, "local", clock=time.time)
    async with database_locks(database)("playlist"):
        handle, basket = await baskets.open()
        read_elsewhere = await asyncio.create_task(baskets.show(handle))

    assert read_elsewhere == basket
