"""Which limit the next call would pass."""

from decimal import Decimal

import pytest

from segue.runs.contracts import Budget, Spent
from segue.runs.workflow.budgets import limit_reached

SPENT = Spent(
    model_calls=3, input_tokens=600, output_tokens=400, cost_usd=Decimal("0.5"), tool_calls=2
)


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(tokens=1_000), "1000 of 1000 tokens"),
        (Budget(cost_usd=Decimal("0.25")), "0.5 of 0.25 US dollars"),
        (Budget(turns=3), "3 of 3 turns"),
        (Budget(seconds=2), "2.5 of 2.0 seconds"),
    ],
)
def test_a_limit_that_is_reached_stops_the_next_model_call(budget, limit):
    assert limit_reached(budget, SPENT, seconds=2.5) == limit


@pytest.mark.parametrize(
    "budget",
    [Budget(), Budget(tokens=1_001), Budget(turns=4), Budget(tool_calls=2), Budget(seconds=3)],
)
def test_what_is_left_lets_it_pass(budget):
    assert limit_reached(budget, SPENT, seconds=2.5) is None


def test_tool_calls_are_counted_before_tools_and_turns_before_models():
    budget = Budget(tool_calls=2, turns=4)

    assert limit_reached(budget, SPENT, seconds=0, tool=True) == "2 of 2 tool calls"
    assert limit_reached(budget, SPENT, seconds=0) is None


def test_each_grant_adds_as_much_again():
    budget = Budget(tokens=500)

    assert limit_reached(budget, SPENT, seconds=0, grants=1) == "1000 of 1000 tokens"
    assert limit_reached(budget, SPENT, seconds=0, grants=2) is None


def test_what_two_runs_spent_adds_up():
    both = SPENT.plus(Spent(model_calls=1, input_tokens=10, cost_usd=Decimal("0.1")))

    assert (both.model_calls, both.tokens, both.cost_usd) == (4, 1_010, Decimal("0.6"))
