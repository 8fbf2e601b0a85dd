"""A tool answers in time, or says how to ask again."""

import asyncio
from datetime import timedelta

import pytest

from segue.errors.finance import UnknownTickerError
from segue.errors.tools import StillWaitingError
from segue.platform.mcp.answering import ANSWER_WITHIN, answer_in_time
from segue.platform.mcp.callers import Caller
from segue.platform.mcp.server import failure_text

CALLER = Caller("ann", "k-1")
SOON = timedelta(milliseconds=20)


async def test_an_answer_in_time_is_the_answer():
    async def work() -> str:
        return "yes"

    assert await answer_in_time(work(), CALLER, worker="the worker") == "yes"


@pytest.mark.parametrize("as_temporals_client", [False, True])
async def test_whose_worker_is_away_is_told_how_to_ask_again(as_temporals_client):
    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if as_temporals_client:
                raise RuntimeError("the call was cancelled") from None
            raise
        return ""

    with pytest.raises(StillWaitingError) as failure:
        await answer_in_time(work(), CALLER, worker="the finance worker", within=SOON)

    text = failure_text(failure.value)
    assert "Still waiting for the finance worker" in text
    assert 'call="k-1"' in text


async def test_a_failure_in_time_is_that_failure():
    async def work() -> str:
        raise UnknownTickerError("no such share")

    with pytest.raises(UnknownTickerError):
        await answer_in_time(work(), CALLER, worker="the worker", within=SOON)


async def test_who_cancels_a_call_is_not_told_that_it_waits():
    waiting = asyncio.create_task(
        answer_in_time(asyncio.Event().wait(), CALLER, worker="the worker")
    )
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_hosts_that_wait_for_a_minute_hear_it():
    assert timedelta(seconds=50) > ANSWER_WITHIN
