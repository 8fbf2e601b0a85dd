"""What a run and a thread may spend, against a real Temporal server and real SQL."""

import asyncio
from decimal import Decimal

from segue.runs.approvals import Decision
from segue.runs.client import decide, pending_approvals, send_message
from segue.runs.contracts import Budget
from tests.fakes.agents import AgentWorld
from tests.fakes.openai_server.steps import Usage, UseTool, text, tool_calls, use_tool
from tests.fakes.thread_workflows import TOOLS, Chat, chat_setup, say
from tests.fakes.waiting import until

LOOP = use_tool(UseTool(tool="page", arguments='{"number": $n}', times=50), times=None)
DEAR = Usage(input=600, output=400)


async def test_a_run_stops_at_its_turns_and_the_next_turn_works(agents: AgentWorld):
    await agents.openai.script("a", [LOOP])
    setup = chat_setup("a", budget=Budget(turns=3), max_turns=40)
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcome = await send_message(chat, say("Read."))
        assert outcome.failure is not None
        assert outcome.failure.code == "run.budget_exceeded"
        assert outcome.spent.model_calls == 3
        await agents.openai.script("a", [text("Hello.")])
        assert (await send_message(chat, say("Hello?"))).output == "Hello."


async def test_a_run_stops_at_its_tool_calls(agents: AgentWorld):
    await agents.openai.script("a", [LOOP])
    setup = chat_setup("a", budget=Budget(tool_calls=2), max_turns=40)
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcome = await send_message(chat, say("Read."))
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"
    assert outcome.spent.tool_calls == 2


async def test_a_run_stops_at_its_tokens(agents: AgentWorld):
    calls = [tool_calls([("page", {"number": n})], usage=DEAR) for n in range(5)]
    await agents.openai.script("a", calls)
    setup = chat_setup("a", budget=Budget(tokens=1_500))
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Read."))
    assert outcome.failure is not None
    assert outcome.spent.tokens == 2_000
    assert await agents.openai.count("a") == 2


async def test_a_run_stops_at_its_money(agents: AgentWorld):
    million = Usage(input=1_000_000, output=1_000_000)
    calls = [tool_calls([("page", {"number": n})], usage=million) for n in range(5)]
    await agents.openai.script("gpt-4o-mini", calls)
    setup = chat_setup("", budget=Budget(cost_usd=Decimal("0.01"))).model_copy(
        update={"model": "gpt-4o-mini"}
    )
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Read."))
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"
    assert outcome.spent.cost_usd > Decimal("0.01")
    assert await agents.openai.count("gpt-4o-mini") == 1


async def test_a_run_stops_at_its_seconds(agents: AgentWorld):
    slow = [tool_calls([("page", {"number": n})], first_byte_after_s=0.3) for n in range(9)]
    await agents.openai.script("a", slow)
    setup = chat_setup("a", budget=Budget(seconds=0.5))
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Read."))
    assert outcome.failure is not None
    assert "seconds" in outcome.failure.message
    assert await agents.openai.count("a") <= 2


async def test_a_thread_stops_over_all_of_its_turns(agents: AgentWorld):
    await agents.openai.script("a", [text("Hi.", usage=DEAR, times=None)])
    setup = chat_setup("a", thread_budget=Budget(tokens=2_500))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcomes = [await send_message(chat, say(f"{turn}")) for turn in range(4)]
    assert [outcome.ok for outcome in outcomes] == [True, True, True, False]
    assert await agents.openai.count("a") == 3


async def test_a_budget_asks_and_goes_on_with_as_much_again(agents: AgentWorld):
    rule = UseTool(tool="page", arguments='{"number": $n}', times=3)
    await agents.openai.script("a", [use_tool(rule, times=None)])
    setup = chat_setup("a", budget=Budget(turns=2, on_limit="ask"))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        reply = asyncio.create_task(send_message(chat, say("Read.")))

        async def asked() -> bool:
            return [each.kind for each in await pending_approvals(chat)] == ["budget"]

        await until(asked, "the budget is asked for")
        (request,) = await pending_approvals(chat)
        await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        outcome = await reply
    assert outcome.output == "Read."
    assert outcome.spent.model_calls == 4


async def test_a_thread_budget_that_asks_takes_no_for_an_answer(agents: AgentWorld):
    await agents.openai.script("a", [text("Hi.", usage=DEAR, times=None)])
    setup = chat_setup("a", thread_budget=Budget(tokens=500, on_limit="ask"))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        assert (await send_message(chat, say("One."))).ok
        reply = asyncio.create_task(send_message(chat, say("Two.")))

        async def asked() -> bool:
            return bool(await pending_approvals(chat))

        await until(asked, "the budget is asked for")
        (request,) = await pending_approvals(chat)
        await decide(chat, Decision(request_id=request.id, approve=False, who="ann"))
        outcome = await reply
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"


async def test_a_budget_degrades_to_another_model(agents: AgentWorld):
    rule = UseTool(tool="page", arguments='{"number": $n}', times=3)
    await agents.openai.script("a", [use_tool(rule, times=None)])
    await agents.openai.script("b", [use_tool(rule, times=None)])
    budget = Budget(turns=2, on_limit="degrade", degrade_to="gpt-scripted:b")
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", budget=budget))
        outcome = await send_message(chat, say("Read."))
    assert outcome.output == "Read."
    assert outcome.models == ("gpt-scripted:a", "gpt-scripted:b")
    assert (await agents.openai.count("a"), await agents.openai.count("b")) == (2, 2)


async def test_a_thread_budget_degrades_to_another_model(agents: AgentWorld):
    await agents.openai.script("a", [text("Hi.", usage=DEAR, times=None)])
    await agents.openai.script("b", [text("Cheap.", times=None)])
    budget = Budget(tokens=500, on_limit="degrade", degrade_to="gpt-scripted:b")
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", thread_budget=budget))
        assert (await send_message(chat, say("One."))).output == "Hi."
        assert (await send_message(chat, say("Two."))).output == "Cheap."
