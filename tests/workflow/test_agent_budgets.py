"""What a run and a thread may spend, against a real Temporal server and real SQL."""

import asyncio
from decimal import Decimal
from uuid import uuid4

from segue.runs.contracts import Budget
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.workflow.approvals import Decision
from segue.runs.workflow.thread_state import ThreadState
from tests.fakes.data.agent_scenes import Play, PlayChat, SceneSetup
from tests.fakes.programs.openai_server.steps import Usage, UseTool, text, tool_calls, use_tool
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld

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


async def test_cut_answers_are_counted_and_stop_a_thread(agents: AgentWorld):
    cut = text("One two", finish="length", usage=Usage(input=30, output=40), times=None)
    await agents.openai.script("a", [cut])
    setup = chat_setup("a").model_copy(update={"thread_budget": Budget(tokens=100)})
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcomes = [await send_message(chat, say("Go on.")) for _ in range(3)]
    codes = [outcome.failure.code for outcome in outcomes if outcome.failure]
    assert codes == ["model.invalid_request"] * 2 + ["run.budget_exceeded"]
    assert [outcome.spent.tokens for outcome in outcomes] == [70, 70, 0]


async def test_seconds_bound_a_call_that_is_under_way(agents: AgentWorld):
    await agents.openai.script("a", [text("Late.", first_byte_after_s=8)])
    setup = chat_setup("a", budget=Budget(seconds=1))
    async with agents.worker([Chat], TOOLS):
        outcome = await send_message(await agents.start(Chat.run, setup), say("Read."))
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"
    assert outcome.seconds < 6


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


async def test_a_budget_that_asks_where_nobody_can_be_asked_stops(agents: AgentWorld):
    await agents.openai.script("front", [tool_calls([("jot", {"note": "a"})]), text("Noted.")])
    budget = Budget(turns=1, on_limit="ask")
    async with agents.worker([Play]):
        outcome = await (await agents.start(Play.run, "jots", budget)).result()
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"
    assert await agents.openai.count("front") == 1


async def test_a_thread_budget_that_was_granted_more_goes_on_with_as_much_again(agents: AgentWorld):
    await agents.openai.script("a", [text("Hi.", usage=DEAR, times=None)])
    setup = chat_setup("a", thread_budget=Budget(tokens=1_000, on_limit="ask"))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        assert (await send_message(chat, say("One."))).ok
        reply = asyncio.create_task(send_message(chat, say("Two.")))
        (request,) = await questions(chat, 1)
        await decide(chat, Decision(request_id=request, approve=True, who="ann"))
        assert (await reply).output == "Hi."


# --- calls that run at once ---

THREE = [("page", {"number": number}) for number in range(3)]


async def questions(chat, count: int) -> list[str]:
    async def are_open() -> bool:
        return len(await pending_approvals(chat)) == count

    await until(are_open, f"{count} questions")
    return [request.id for request in await pending_approvals(chat)]


async def test_tools_that_are_over_the_limit_at_once_share_one_question(agents: AgentWorld):
    await agents.openai.script("a", [tool_calls(THREE), text("Read.")])
    setup = chat_setup("a", budget=Budget(tool_calls=1, on_limit="ask"))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        reply = asyncio.create_task(send_message(chat, say("Read three.")))
        (first,) = await questions(chat, 1)
        await decide(chat, Decision(request_id=first, approve=True, who="ann"))

        async def is_another() -> bool:
            return [each.id for each in await pending_approvals(chat)] not in ([], [first])

        await until(is_another, "the third tool is asked for")
        (second,) = await questions(chat, 1)
        await decide(chat, Decision(request_id=second, approve=True, who="ann"))
        outcome = await reply
    assert outcome.output == "Read."
    assert outcome.spent.tool_calls == 3


async def test_who_said_no_to_more_is_not_asked_again(agents: AgentWorld):
    await agents.openai.script("a", [tool_calls(THREE), text("Read.")])
    setup = chat_setup("a", budget=Budget(tool_calls=1, on_limit="ask"))
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        reply = asyncio.create_task(send_message(chat, say("Read three.")))
        (request,) = await questions(chat, 1)
        await decide(chat, Decision(request_id=request, approve=False, who="ann"))
        outcome = await reply
    assert outcome.failure is not None
    assert outcome.failure.code == "run.budget_exceeded"
    assert len(await agents.ports.audit.entries()) == 1


async def test_agents_that_are_over_the_threads_budget_at_once_all_go_on_degraded(
    agents: AgentWorld,
):
    both = [("ask_ann", {"input": "Well?"}), ("ask_bob", {"input": "Well?"})]
    await agents.openai.script("front", [tool_calls(both, usage=DEAR)])
    await agents.openai.script("cheap", [text("Cheap.", times=None)])
    budget = Budget(tokens=500, on_limit="degrade", degrade_to="gpt-scripted:cheap")
    state = ThreadState(conversation=uuid4().hex)
    async with agents.worker([PlayChat]):
        setup = SceneSetup(scene="office", state=state, thread_budget=budget)
        outcome = await send_message(await agents.start(PlayChat.run, setup), say("Ask both."))
    assert outcome.output == "Cheap."
    told = (await agents.openai.calls("cheap"))[-1].body
    assert told is not None
    results = [each["output"] for each in told["input"] if each.get("type") == OUTPUT]
    assert results == ["Cheap.", "Cheap."]


OUTPUT = "function_call_output"
