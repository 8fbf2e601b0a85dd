"""Conversations as workflows, against a real Temporal server and a real HTTP model server."""

from segue.runs.client import send_message
from tests.fakes.agents import AgentWorld
from tests.fakes.openai_server.steps import UseTool, text, use_tool, words
from tests.fakes.thread_workflows import TOOLS, Chat, chat_setup, say


async def test_a_chat_remembers_what_was_said(agents: AgentWorld):
    await agents.openai.script("a", [text("Hello Ann."), text("Ann.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        first = await send_message(chat, say("I am Ann."))
        second = await send_message(chat, say("Who am I?"))
        await chat.signal(Chat.end_chat)
        assert await chat.result() == "ended"
    assert (first.output, first.turn) == ("Hello Ann.", 1)
    assert (second.output, second.turn) == ("Ann.", 2)
    seen = (await agents.openai.calls("a"))[-1].body["input"]
    assert [item.get("content") for item in seen if item["role"] == "user"] == [
        "I am Ann.",
        "Who am I?",
    ]


async def test_a_thread_goes_on_in_new_runs_and_asks_nothing_twice(agents: AgentWorld):
    await agents.openai.script("a", [words(500, times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", renewal_turns=3))
        for turn in range(1, 11):
            reply = await send_message(chat, say(f"message {turn}"))
            assert reply.turn == turn
        described = await chat.describe()
    assert described.raw_description.workflow_execution_info.first_run_id != described.run_id
    assert await agents.openai.count("a") == 10


async def test_a_turn_goes_on_in_new_runs_between_its_tool_calls(agents: AgentWorld):
    rule = UseTool(tool="page", arguments='{"number": $n}', times=30)
    await agents.openai.script("a", [use_tool(rule, times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", renewal_bytes=40_000, max_turns=40))
        reply = await send_message(chat, say("Read all."))
        assert reply.output == "Read all."
        second = await send_message(chat, say("Again."))
        assert second.ok
        runs = (await chat.describe()).raw_description.workflow_execution_info
    assert await agents.openai.count("a") == 62
    assert runs.first_run_id != runs.execution.run_id
    last = (await agents.openai.calls("a"))[-1].body["input"]
    assert len(last) == 1 + 60 + 1 + 1 + 60
