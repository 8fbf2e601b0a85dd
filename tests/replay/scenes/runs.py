"""Agents under the contract: chats, and runs without a thread.

The agents SDK is workflow code: a new version of it, or a change of the contract, must replay what
began before.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from segue.runs.contracts import Budget
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.workflow.agent_run import SHORT_TURNS
from segue.runs.workflow.approvals import Decision
from segue.runtime.embedded import Endpoint
from tests.fakes.programs.openai import running_openai
from tests.fakes.programs.openai_server.faults import FAULTS
from tests.fakes.programs.openai_server.steps import Step, UseTool, text, tool_calls, use_tool
from tests.fakes.waiting import until
from tests.fakes.workflows.agent_runs import AskOnce, PlainRunner, weather
from tests.fakes.workflows.threads import TOOLS, Chat, ChatSetup, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.replay.stage import Histories, Scene, all_runs, new_database, since

PAY = tool_calls([("transfer", {"amount": 1}), ("transfer", {"amount": 2})])
FEW_PAGES = use_tool(UseTool(tool="page", arguments='{"number": $n}', times=3), times=None)
MANY_PAGES = use_tool(UseTool(tool="page", arguments='{"number": $n}', times=6), times=None)


# What the model says, and how many questions a person is asked then.
CANCELLED = {
    "cancelled": (text("Too late.", hold_after=0), 0),
    "cancelled-while-it-asked": (PAY, 2),
}


@dataclass(frozen=True)
class Talk:
    """What is said in a chat.

    Attributes:
        script: What its model says.
        setup: How it goes.
        messages: What it is told.
        meanwhile: Done while the last message is answered.
    """

    script: list[Step]
    setup: ChatSetup
    messages: tuple[str, ...] = ("Hello.",)
    meanwhile: Callable[[AgentWorld, str], Awaitable[None]] | None = None


async def approve(world: AgentWorld, workflow_id: str) -> None:
    """Answer two questions: yes to the first, no to the second."""
    chat = world.client.get_workflow_handle(workflow_id)

    async def two_questions() -> bool:
        return len(await pending_approvals(chat)) == 2

    await until(two_questions, "two questions")
    for number, request in enumerate(await pending_approvals(chat)):
        decision = Decision(request_id=request.id, approve=number == 0, who="ann", reason="so")
        await decide(chat, decision)


TALKS = {
    "two-turns": Talk([text("Hi."), text("Bye.")], chat_setup("x"), ("Hello.", "Go.")),
    "tools": Talk([FEW_PAGES], chat_setup("x")),
    "approvals": Talk([PAY, text("Half.")], chat_setup("x", approval=True), meanwhile=approve),
    "asked-across-runs": Talk(
        [text("Hi."), PAY, text("Half.")],
        chat_setup("x", approval=True, renewal_bytes=4_000),
        ("Hello.", "Pay."),
        approve,
    ),
    "renewed-between-turns": Talk(
        [text("Hi.", times=None)], chat_setup("x", renewal_turns=2), ("1", "2", "3", "4", "5")
    ),
    "renewed-in-a-turn": Talk([MANY_PAGES], chat_setup("x", renewal_bytes=9_000, max_turns=20)),
    "out-of-budget": Talk([FEW_PAGES], chat_setup("x", budget=Budget(turns=2))),
    "tried-again": Talk(
        [FAULTS["server error (500)"].model_copy(update={"times": 1}), text("Hi.")],
        chat_setup("x"),
    ),
    "no-answer": Talk([FAULTS["wrong key (401)"]], chat_setup("x")),
}


async def chat(case: str, server: Endpoint) -> Histories:
    """A chat with its model, its approvals and its renewals."""
    talk = TALKS[case]
    async with runs_world(server) as world:
        await world.openai.script(case, talk.script)
        setup = talk.setup.model_copy(update={"model": f"gpt-scripted:{case}"})
        handle = await world.start(Chat.run, setup, id=f"chat-{case}")
        for message in talk.messages:
            reply = asyncio.create_task(send_message(handle, say(message)))
            if talk.meanwhile is not None and message == talk.messages[-1]:
                await talk.meanwhile(world, handle.id)
            await reply
        await handle.signal(Chat.end_chat)
        await handle.result()
        name = since(SHORT_TURNS, f"Chat.{case}")
        return {name: await all_runs(world.client, handle.id)}


async def cancelled(case: str, server: Endpoint) -> Histories:
    """A chat that is cancelled in the middle of a turn, while somebody waits for the next one."""
    async with runs_world(server) as world:
        step, questions = CANCELLED[case]
        await world.openai.script(case, [step])
        setup = chat_setup(case, approval=True)
        handle = await world.start(Chat.run, setup, id=f"chat-{case}")
        replies = [asyncio.create_task(send_message(handle, say(text))) for text in ("1", "2")]

        async def is_in_turn() -> bool:
            asked = await world.openai.count(case)
            waiting = len(await pending_approvals(handle))
            return (asked, waiting, await handle.query(Chat.messages)) == (1, questions, 2)

        await until(is_in_turn, "a turn")
        await handle.cancel()
        await asyncio.gather(*replies, return_exceptions=True)
        await world.openai.release(case)
        return {f"Chat.{case}": await all_runs(world.client, handle.id)}


async def one_question(kind: type[AskOnce | PlainRunner], server: Endpoint) -> Histories:
    """A run that calls a tool and answers."""
    name = kind.__name__
    async with runs_world(server) as world:
        await world.openai.script(
            "o", [tool_calls([("weather", {"city": "Rome"})]), text("Sunny.")]
        )
        handle = await world.start(kind.run, "gpt-scripted:o", "Weather?", id=name)
        await handle.result()
        tool = f"{name}.tool"
        label = since(SHORT_TURNS, tool) if kind is AskOnce else tool
        return {label: await all_runs(world.client, handle.id)}


@asynccontextmanager
async def runs_world(server: Endpoint) -> AsyncGenerator[AgentWorld]:
    """A worker for all of them, and a model that plays scripts."""
    async with (
        new_database() as database,
        running_openai() as openai,
        agent_world(server, openai, database) as world,
        world.worker([Chat, AskOnce, PlainRunner], [*TOOLS, weather]),
    ):
        yield world


SCENES = (
    *(
        Scene((f"Chat.{case}", since(SHORT_TURNS, f"Chat.{case}")), partial(chat, case))
        for case in TALKS
    ),
    *(Scene((f"Chat.{case}",), partial(cancelled, case)) for case in CANCELLED),
    Scene(("AskOnce.tool", since(SHORT_TURNS, "AskOnce.tool")), partial(one_question, AskOnce)),
    Scene(("PlainRunner.tool",), partial(one_question, PlainRunner)),
)
