"""What takes long to open: opened once, for all who ask."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from segue.errors.catalogue import CatalogueUnavailableError
from segue.runtime.lasting import Lasting


class Opening:
    """A context that fails so often, and counts."""

    def __init__(self, failures=0):
        self.failures = failures
        self.opened = 0
        self.closed = 0
        self.ready = asyncio.Event()
        self.ready.set()

    @asynccontextmanager
    async def __call__(self):
        await self.ready.wait()
        if self.failures:
            self.failures -= 1
            raise CatalogueUnavailableError("not yet")
        self.opened += 1
        yield self.opened
        self.closed += 1


async def test_it_opens_once_for_all_who_ask_and_closes_at_the_end():
    opening = Opening()
    async with Lasting(opening) as lasting:
        asked = await asyncio.gather(lasting.get(), lasting.get())
        assert opening.closed == 0

    assert (asked, opening.opened, opening.closed) == ([1, 1], 1, 1)


async def test_what_nobody_asks_for_is_not_opened():
    opening = Opening()
    async with Lasting(opening):
        pass

    assert opening.opened == 0


async def test_after_a_failure_the_next_call_opens_it():
    opening = Opening(failures=1)
    async with Lasting(opening) as lasting:
        with pytest.raises(CatalogueUnavailableError):
            await lasting.get()

        assert await lasting.get() == 1


async def test_who_gives_up_waiting_does_not_stop_the_opening():
    opening = Opening()
    opening.ready.clear()
    async with Lasting(opening) as lasting:
        impatient = asyncio.create_task(lasting.get())
        patient = asyncio.create_task(lasting.get())
        await asyncio.sleep(0)
        impatient.cancel()
        opening.ready.set()

        assert await patient == 1


async def test_a_failure_while_it_closes_is_not_hidden():
    @asynccontextmanager
    async def failing():
        yield 1
        raise CatalogueUnavailableError("at the end")

    with pytest.raises(CatalogueUnavailableError, match="at the end"):
        async with Lasting(failing) as lasting:
            await lasting.get()


async def test_who_closes_it_while_it_opens_does_not_wait_for_it():
    opening = Opening()
    opening.ready.clear()
    async with Lasting(opening) as lasting:
        waiting = asyncio.create_task(lasting.get())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert opening.opened == 0
    waiting.cancel()
