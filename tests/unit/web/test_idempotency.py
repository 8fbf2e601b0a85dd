"""The same request with the same key is done once."""

import asyncio

import pytest

from segue.errors.api import IdempotencyKeyBusyError, IdempotencyKeyReusedError
from segue.web.idempotency import CLAIM_SECONDS, KEPT_SECONDS, Answers
from segue.web.scopes import ApiKey, Scope
from tests.fakes.waiting import until

ADA = ApiKey(id="ada", name="Ada", scopes=frozenset([Scope.ADMIN]), created_at=0)
BOB = ApiKey(id="bob", name="Bob", scopes=frozenset([Scope.ADMIN]), created_at=0)


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Work:
    """Counts how often it is done; it waits for ``gate`` where there is one."""

    def __init__(self, gate=None, failure=None):
        self.done = 0
        self.gate = gate
        self.failure = failure

    async def __call__(self):
        self.done += 1
        number = self.done
        if self.gate:
            await self.gate.wait()
        if self.failure:
            raise self.failure
        return f"answer {number}"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def answers(database, clock):
    return Answers(database, clock)


async def test_twenty_at_once_are_one_and_all_get_its_answer(answers):
    work = Work()

    told = await asyncio.gather(*(answers.once(ADA, "k", "body", work) for _ in range(20)))

    assert work.done == 1
    assert told == ["answer 1"] * 20


async def test_keys_of_two_owners_never_meet(answers):
    work = Work()

    assert await answers.once(ADA, "k", "one", work) == "answer 1"
    assert await answers.once(BOB, "k", "two", work) == "answer 2"


async def test_another_request_under_the_same_key_is_refused(answers):
    work = Work()
    await answers.once(ADA, "k", "body", work)

    with pytest.raises(IdempotencyKeyReusedError, match="'k'"):
        await answers.once(ADA, "k", "another body", work)
    assert work.done == 1


async def test_what_failed_is_done_anew(answers):
    with pytest.raises(ValueError, match="no"):
        await answers.once(ADA, "k", "body", Work(failure=ValueError("no")))

    assert await answers.once(ADA, "k", "another body", Work()) == "answer 1"


async def test_an_answer_is_kept_for_a_day(answers, clock):
    work = Work()
    await answers.once(ADA, "k", "body", work)
    clock.now += KEPT_SECONDS
    assert await answers.once(ADA, "k", "body", work) == "answer 1"

    clock.now += 1

    assert await answers.once(ADA, "k", "body", work) == "answer 2"


async def test_who_repeats_too_early_is_told_so(answers, database, clock):
    impatient = Answers(database, clock, wait_seconds=0.2)
    gate = asyncio.Event()
    first = asyncio.create_task(answers.once(ADA, "k", "body", slow := Work(gate)))
    await until(lambda: slow.done == 1, "the first request's work")

    with pytest.raises(IdempotencyKeyBusyError):
        await impatient.once(ADA, "k", "body", Work())

    gate.set()
    assert await first == "answer 1"


async def test_a_claim_whose_process_died_is_taken_over(answers, clock):
    gate = asyncio.Event()
    dead = asyncio.create_task(answers.once(ADA, "k", "body", lost := Work(gate)))
    await until(lambda: lost.done == 1, "the first request's work")
    clock.now += CLAIM_SECONDS + 1

    assert await answers.once(ADA, "k", "body", Work()) == "answer 1"

    gate.set()
    await dead
    assert await answers.once(ADA, "k", "body", Work()) == "answer 1"
