"""What happens at the limit of a budget that says: ask."""

import asyncio

import pytest

from segue.errors.run import BudgetExceededError
from segue.runs.contracts import Budget
from segue.runs.workflow.execution import Purse

BUDGET = Budget(turns=1, on_limit="ask")


class Person:
    """Answers when let go.

    Attributes:
        asked: How often.
    """

    def __init__(self, *, agrees: bool) -> None:
        self.asked = 0
        self.go = asyncio.Event()
        self._agrees = agrees

    async def __call__(self, limit: str) -> bool:
        self.asked += 1
        await self.go.wait()
        return self._agrees


@pytest.mark.parametrize("agrees", [True, False])
async def test_calls_that_reach_the_limit_at_once_share_one_question(agrees):
    person = Person(agrees=agrees)
    purse = Purse(run=BUDGET, thread=None, ask=person)
    calls = [asyncio.create_task(purse.over(BUDGET, "1 of 1 turns")) for _ in range(3)]
    await asyncio.sleep(0)  # all of them have come to the limit
    person.go.set()
    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert person.asked == 1
    assert purse.grants == agrees
    assert [isinstance(end, BudgetExceededError) for end in ended] == [not agrees] * 3


async def test_the_next_limit_is_a_question_of_its_own():
    person = Person(agrees=True)
    person.go.set()
    purse = Purse(run=BUDGET, thread=None, ask=person)

    await purse.over(BUDGET, "1 of 1 turns")
    await purse.over(BUDGET, "2 of 2 turns")

    assert (person.asked, purse.grants) == (2, 2)
