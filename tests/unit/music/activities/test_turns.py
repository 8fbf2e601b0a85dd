"""Turns: so many at once, the lowest step first, and each owner in turn."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from segue.music.activities.turns import Turns


class Order:
    """Who had a turn, in order, one at a time."""

    def __init__(self):
        self.turns, self.order = Turns(1), []

    async def want(self, owner, step=3):
        async with self.turns.turn(owner, step):
            self.order.append(owner)
            await asyncio.sleep(0)


async def ordered(*wants):
    order = Order()
    async with order.turns.turn("before all", 1):
        waiting = [asyncio.create_task(order.want(*want)) for want in wants]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    return "".join(order.order)


async def test_owners_take_turns_however_much_one_wants():
    assert await ordered(*["a"] * 4, *["b"] * 2, "c") == "abcabaa"


async def test_a_lower_step_goes_first():
    assert await ordered(("a", 3), ("a", 3), ("b", 2), ("c", 1)) == "cbaa"


async def test_who_leaves_takes_nobodys_turn():
    order = Order()
    async with order.turns.turn("before all", 1):
        leaving = asyncio.create_task(order.want("a"))
        staying = asyncio.create_task(order.want("b"))
        await asyncio.sleep(0)
        leaving.cancel()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving

    assert order.order == ["b"]


async def test_who_leaves_as_its_turn_comes_passes_it_on():
    order = Order()
    held = order.turns.turn("before all", 1)
    await held.__aenter__()
    leaving = asyncio.create_task(order.want("a"))
    staying = asyncio.create_task(order.want("b"))
    await asyncio.sleep(0)
    await held.__aexit__(None, None, None)  # gives the turn to the first, which has not run yet
    leaving.cancel()
    async with asyncio.timeout(5):
        await staying

    assert order.order == ["b"]


@given(
    count=st.integers(1, 4),
    wants=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.booleans())),
)
def test_never_more_than_the_count_and_all_who_stay_have_theirs(count, wants):
    async def play():
        turns, now, most, had = Turns(count), 0, 0, 0

        async def want(owner, step):
            nonlocal now, most, had
            async with turns.turn(owner, step):
                now, most, had = now + 1, max(most, now + 1), had + 1
                try:
                    await asyncio.sleep(0)
                finally:
                    now -= 1

        tasks = [asyncio.create_task(want(owner, step)) for owner, step, _ in wants]
        await asyncio.sleep(0)
        for task, (_, _, leaves) in zip(tasks, wants, strict=True):
            if leaves:
                task.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)
        assert most <= count
        assert had >= sum(not leaves for _, _, leaves in wants)
        async with asyncio.timeout(5):  # all turns are free again
            for _ in range(count):
                await turns.turn("d", 1).__aenter__()

    asyncio.run(play())
