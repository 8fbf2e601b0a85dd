"""Questions to people, against a real Temporal server."""

import asyncio

import pytest

from segue.errors.input import InputError
from segue.errors.run import ApprovalNotFoundError, ArgumentsChangedError, NotAskedError
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.approvals import ApprovalPolicy, ApprovalRequest, Decision
from segue.runtime.worker import build_replayer
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld

PAY = tool_calls([("transfer", {"amount": 100})])
PAY_TWICE = tool_calls([("transfer", {"amount": 1}), ("transfer", {"amount": 2})])


async def asked(chat, count: int = 1) -> list[ApprovalRequest]:
    async def waits() -> bool:
        return len(await pending_approvals(chat)) == count

    await until(waits, f"{count} questions")
    return await pending_approvals(chat)


def told(call) -> list[str]:
    return [item["output"] for item in call.body["input"] if item.get("type") == OUTPUT]


OUTPUT = "function_call_output"


async def test_an_approved_tool_runs_with_the_arguments_that_a_person_edited(agents: AgentWorld):
    await agents.openai.script("a", [PAY, text("Done.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay 100.")))
        (request,) = await asked(chat)
        assert (request.tool, request.arguments) == ("transfer", '{"amount": 100}')
        yes = Decision(request_id=request.id, approve=True, who="ann", arguments='{"amount":7}')
        await decide(chat, yes)
        assert (await reply).output == "Done."
        await build_replayer([Chat], plugins=agent_plugins()).replay_workflow(
            await chat.fetch_history()
        )
    assert told((await agents.openai.calls("a"))[-1]) == ["transferred 7"]


async def test_a_denied_tool_does_not_run_and_the_model_is_told_why(agents: AgentWorld):
    await agents.openai.script("a", [PAY, text("Not paid.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay 100.")))
        (request,) = await asked(chat)
        await decide(
            chat, Decision(request_id=request.id, approve=False, who="ann", reason="too much")
        )
        outcome = await reply
    assert outcome.output == "Not paid."
    (output,) = told((await agents.openai.calls("a"))[-1])
    assert "tool.denied" in output
    assert "too much" in output
    entries = await agents.ports.audit.entries()
    assert [(entry.deed.who, entry.deed.what, entry.deed.why) for entry in entries] == [
        ("ann", "approval.denied", "too much")
    ]


async def test_silence_denies(agents: AgentWorld):
    await agents.openai.script("a", [PAY, text("Not paid.")])
    policy = ApprovalPolicy(wait_seconds=0.2)
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True, approvals=policy))
        assert (await send_message(chat, say("Pay."))).output == "Not paid."
        assert await pending_approvals(chat) == []
    entries = await agents.ports.audit.entries()
    assert [(entry.deed.who, entry.deed.what) for entry in entries] == [
        ("nobody", "approval.expired")
    ]


async def test_silence_escalates_once_and_the_next_one_asked_may_approve(agents: AgentWorld):
    await agents.openai.script("a", [PAY, text("Paid.")])
    policy = ApprovalPolicy(wait_seconds=0.2, on_timeout="escalate", escalate_to="the boss")
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True, approvals=policy))
        reply = asyncio.create_task(send_message(chat, say("Pay.")))

        async def escalated() -> bool:
            return [each.asked_of for each in await pending_approvals(chat)] == ["the boss"]

        await until(escalated, "the boss is asked")
        (request,) = await pending_approvals(chat)
        with pytest.raises(NotAskedError, match="'the boss' is asked now; 'ann' decided"):
            await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        await decide(chat, Decision(request_id=request.id, approve=True, who="the boss"))
        assert (await reply).output == "Paid."
    entries = await agents.ports.audit.entries()
    assert [entry.deed.what for entry in entries] == ["approval.escalated", "approval.approved"]


async def test_several_questions_wait_at_once_and_each_has_its_own_answer(agents: AgentWorld):
    await agents.openai.script("a", [PAY_TWICE, text("One paid.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay both.")))
        one, two = await asked(chat, 2)
        await decide(chat, Decision(request_id=two.id, approve=True, who="ann"))
        await decide(chat, Decision(request_id=one.id, approve=False, who="ann"))
        await reply
    outputs = told((await agents.openai.calls("a"))[-1])
    assert len(outputs) == 2
    assert outputs[1] == "transferred 2"
    assert "tool.denied" in outputs[0]


async def test_a_decision_holds_for_the_arguments_that_were_seen(agents: AgentWorld):
    await agents.openai.script("a", [PAY_TWICE, text("Both paid.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay both.")))
        one, two = await asked(chat, 2)

        def yes(request: ApprovalRequest, seen: ApprovalRequest) -> Decision:
            digest = seen.arguments_sha256
            return Decision(request_id=request.id, approve=True, who="ann", arguments_sha256=digest)

        with pytest.raises(ArgumentsChangedError):
            await decide(chat, yes(one, seen=two))
        for request in (one, two):
            await decide(chat, yes(request, seen=request))
        assert (await reply).output == "Both paid."


async def test_a_decision_that_nobody_waits_for_is_refused(agents: AgentWorld):
    await agents.openai.script("a", [PAY, text("Done.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        with pytest.raises(ApprovalNotFoundError):
            await decide(chat, Decision(request_id="nothing", approve=True, who="ann"))
        reply = asyncio.create_task(send_message(chat, say("Pay.")))
        (request,) = await asked(chat)
        with pytest.raises(InputError):
            await decide(
                chat, Decision(request_id=request.id, approve=False, who="a", arguments="{}")
            )
        await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        await reply
        with pytest.raises(ApprovalNotFoundError):  # used up: a second use is refused
            await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))


async def test_a_question_survives_a_new_run_of_its_workflow(agents: AgentWorld):
    await agents.openai.script("a", [text("Hello."), PAY_TWICE, text("Paid."), text("Welcome.")])
    setup = chat_setup("a", approval=True, renewal_bytes=4_000)
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        assert (await send_message(chat, say("Hello."))).ok
        before = await _run_id(chat)
        reply = asyncio.create_task(send_message(chat, say("Pay.")))

        async def moved_and_asked() -> bool:
            return await _run_id(chat) != before and len(await pending_approvals(chat)) == 2

        await until(moved_and_asked, "the questions are open in a new run")
        for request in await pending_approvals(chat):
            await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        assert (await reply).output == "Paid."
        assert (await send_message(chat, say("Thanks."))).output == "Welcome."
    assert await agents.openai.count("a") == 4
    assert told((await agents.openai.calls("a"))[-1])[-2:] == ["transferred 1", "transferred 2"]


async def _run_id(chat) -> str:
    return (await chat.describe()).run_id
