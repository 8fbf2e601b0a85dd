"""What the accounts promise, on every database."""

import asyncio
from decimal import Decimal

import pytest

from segue.runs.contracts import Spent
from segue.runs.store.accounting import Accounts
from segue.runs.store.effects import EffectLedger, Intent
from segue.runs.store.usage import ModelUse, Payer

PAYER = Payer(workflow_id="flow", conversation="thread", agent="Clerk")
ANSWER = ModelUse(
    model="gpt-5",
    input_tokens=100,
    cached_tokens=40,
    output_tokens=10,
    cost_usd=Decimal("0.000018750001"),
    duration_s=1.5,
)


@pytest.fixture
def accounts(database):
    return Accounts(database)


async def counters(accounts, *names):
    return {
        (counter.name, counter.first, counter.second): value
        for counter, value in (await accounts.counters()).items()
        if not names or counter.name in names
    }


async def test_a_model_call_is_counted_once_however_often_it_is_recorded(accounts):
    for _ in range(3):
        await accounts.attempt_started("op", 1, payer=PAYER, model="gpt-5")
        await accounts.model_call("op", 1, payer=PAYER, use=ANSWER)

    spent = await accounts.spent_by(conversation="thread")

    assert spent == Spent(
        model_calls=1,
        attempts=1,
        input_tokens=100,
        cached_tokens=40,
        output_tokens=10,
        cost_usd=Decimal("0.000018750001"),
    )
    assert await counters(accounts) == {
        ("cost", "gpt-5", ""): pytest.approx(0.000018750001),
        ("model", "gpt-5", "success"): 1,
        ("tokens", "gpt-5", "cached"): 40,
        ("tokens", "gpt-5", "input"): 100,
        ("tokens", "gpt-5", "output"): 10,
    }


async def test_concurrent_records_of_one_call_count_once(accounts):
    await asyncio.gather(*(accounts.model_call("op", 1, payer=PAYER, use=ANSWER) for _ in range(8)))

    assert (await accounts.spent_by(workflow_id="flow")).input_tokens == 100
    assert await counters(accounts, "model") == {("model", "gpt-5", "success"): 1}


async def test_concurrent_calls_lose_no_count(accounts):
    await asyncio.gather(
        *(accounts.model_call(f"op{n}", 1, payer=PAYER, use=ANSWER) for n in range(20))
    )

    assert await counters(accounts, "model", "tokens") == {
        ("model", "gpt-5", "success"): 20,
        ("tokens", "gpt-5", "cached"): 800,
        ("tokens", "gpt-5", "input"): 2000,
        ("tokens", "gpt-5", "output"): 200,
    }


async def test_attempts_of_killed_workers_are_counted_and_their_price_is_unknown(accounts):
    await accounts.attempt_started("op", 1, payer=PAYER, model="gpt-5")
    await accounts.attempt_started("op", 2, payer=PAYER, model="gpt-5")
    await accounts.attempt_started("op", 3, payer=PAYER, model="gpt-5")
    await accounts.model_call("op", 3, payer=PAYER, use=ANSWER)

    spent = await accounts.spent_by(conversation="thread")

    assert (spent.model_calls, spent.attempts, spent.unpriced_calls) == (1, 3, 2)
    assert await counters(accounts, "model") == {
        ("model", "gpt-5", "lost"): 2,
        ("model", "gpt-5", "success"): 1,
    }


async def test_a_lost_attempt_that_comes_back_is_charged_and_not_counted_again(accounts):
    await accounts.attempt_started("op", 1, payer=PAYER, model="gpt-5")
    await accounts.attempt_started("op", 2, payer=PAYER, model="gpt-5")
    await accounts.model_call("op", 1, payer=PAYER, use=ANSWER)
    await accounts.model_call("op", 2, payer=PAYER, use=ANSWER)

    assert (await accounts.spent_by(conversation="thread")).input_tokens == 200
    assert await counters(accounts, "model") == {
        ("model", "gpt-5", "lost"): 1,
        ("model", "gpt-5", "success"): 1,
    }


async def test_models_that_were_passed_over_are_attempts(accounts):
    use = ModelUse(model="b", passed_over=(("a", "model.unavailable"), ("a", "model.unavailable")))
    await accounts.model_call("op", 1, payer=PAYER, use=use)
    refused = ModelUse(model="b", status="model.rate_limited")
    await accounts.model_call("op2", 1, payer=PAYER, use=refused)

    spent = await accounts.spent_by(conversation="thread")

    assert (spent.model_calls, spent.attempts, spent.unpriced_calls) == (2, 4, 1)
    assert await counters(accounts) == {
        ("model", "a", "model.unavailable"): 2,
        ("model", "b", "model.rate_limited"): 1,
        ("model", "b", "success"): 1,
    }


async def test_tools_and_handoffs_are_spent_once_on_their_conversation(database, accounts):
    effects = EffectLedger(database)
    for key, is_call in (("x", True), ("x/2", False)):
        intent = Intent(
            key=key,
            tool="pay",
            workflow_id="flow",
            conversation="thread",
            arguments_digest="d",
            is_call=is_call,
        )
        await effects.begin(intent, attempt=1)
    await effects.finish("x", "ok")
    await effects.finish("x/2", "ok")
    for _ in range(2):
        await accounts.tool_call("x", payer=PAYER, tool="pay", error_code=None, duration_s=1)
        await accounts.tool_call("y", payer=PAYER, tool="add", error_code="no", duration_s=0.5)
        await accounts.tool_call("z", payer=PAYER, tool="add", error_code=None, duration_s=0.5)
        await accounts.handoff("h", payer=PAYER, to_agent="Boss")

    spent = await accounts.spent_by(conversation="thread")

    assert spent == Spent(tool_calls=3, handoffs=1) == await accounts.spent_by(workflow_id="flow")
    assert await accounts.spent_by(conversation="other") == Spent()
    assert await counters(accounts) == {
        ("handoff", "Clerk", "Boss"): 1,
        ("tool", "add", "error"): 1,
        ("tool", "add", "success"): 1,
        ("tool", "pay", "success"): 1,
    }


async def test_transactions_that_count_the_same_in_another_order_do_not_wait_in_a_circle(
    database, accounts
):
    meeting = asyncio.Barrier(
        1 if database.dialect == "sqlite" else 2
    )  # there one writes at a time

    async def use_tools(*tools):
        async with database.writing():
            for tool in tools:
                await accounts.tool_call(
                    f"{tools}{tool}", payer=PAYER, tool=tool, error_code=None, duration_s=1
                )
                await meeting.wait()

    async with asyncio.timeout(20):
        await asyncio.gather(use_tools("add", "pay"), use_tools("pay", "add"))

    assert await counters(accounts) == {
        ("tool", "add", "success"): 2,
        ("tool", "pay", "success"): 2,
    }


async def test_what_is_undone_is_not_counted(database, accounts):
    async def fail():
        async with database.writing():
            await accounts.handoff("h", payer=PAYER, to_agent="Boss")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    await accounts.handoff("other", payer=PAYER, to_agent="Boss")

    assert await counters(accounts) == {("handoff", "Clerk", "Boss"): 1}


async def test_an_invocation_falls_into_one_bucket(accounts):
    for seconds in (0.1, 0.11, 9999.0):
        for _ in range(2):
            await accounts.invocation(f"run{seconds}", payer=PAYER, status="ok", duration_s=seconds)
    await accounts.invocation("bad", payer=PAYER, status="run.refused", duration_s=0.0)

    assert await counters(accounts) == {
        ("agent", "Clerk", "run.refused"): 1,
        ("agent", "Clerk", "success"): 3,
        ("agent_bucket", "Clerk", "+Inf"): 1,
        ("agent_bucket", "Clerk", "0.1"): 2,
        ("agent_bucket", "Clerk", "0.25"): 1,
        ("agent_seconds", "Clerk", ""): pytest.approx(9999.21),
    }


async def test_sums_of_money_are_exact(accounts):
    use = ModelUse(model="m", cost_usd=Decimal("0.1"))
    for n in range(3):
        await accounts.model_call(f"op{n}", 1, payer=PAYER, use=use)

    assert (await accounts.spent_by(conversation="thread")).cost_usd == Decimal("0.3")


async def test_the_report_of_a_workflow_names_agents_and_models(accounts):
    await accounts.attempt_started("op", 1, payer=PAYER, model="gpt-5")
    await accounts.model_call("op", 2, payer=PAYER, use=ANSWER)
    rules = ModelUse(model="offline", cost_usd=Decimal(0), offline=True, duration_s=0.25)
    await accounts.model_call("op2", 1, payer=PAYER, use=rules)
    await accounts.model_call(
        "op3", 1, payer=PAYER, use=ModelUse(model="gpt-5", status="model.unavailable")
    )

    real, offline = await accounts.report("flow")

    assert (real.agent, real.model, real.calls, real.attempts) == ("Clerk", "gpt-5", 2, 3)
    assert (real.failed, real.unpriced_calls, real.seconds) == (1, 1, 1.5)
    assert (real.input_tokens, real.cached_tokens, real.output_tokens) == (100, 40, 10)
    assert real.cost_usd == Decimal("0.000018750001")
    assert (offline.model, offline.offline, offline.from_cache) == ("offline", 1, 0)
    assert (offline.cost_usd, offline.unpriced_calls) == (Decimal(0), 0)
