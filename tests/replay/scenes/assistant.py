"""Chats with the assistant. The offline rules answer: two recordings say the same."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from mcp import Client
from temporalio.client import WorkflowHandle

from segue.assistant.agents.names import SET_JIRA_PROJECT
from segue.assistant.tool_servers import ToolServers
from segue.assistant.wire.names import (
    DURABLE_AGENT,
    END_CHAT,
    LIST_OF_TOOLS,
    POST_MESSAGE,
    SEND_MESSAGE,
)
from segue.assistant.wire.payloads import AgentInput, PostedMessage
from segue.platform.mcp.client import ToolServerClient
from segue.runs.service.client import decide, pending_approvals
from segue.runs.workflow.approvals import Decision
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.waiting import until
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import begin, chat_world
from tests.fakes.worlds.temporal import serving
from tests.fakes.worlds.tool_servers import FinanceAndIt
from tests.replay.stage import Histories, Scene, all_runs, new_database

NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked

SERVED = f"{DURABLE_AGENT}.servers"
ASKED = f"{DURABLE_AGENT}.asked"
LISTED = f"{LIST_OF_TOOLS}.list"

Talk = Callable[[WorkflowHandle[Any, Any]], Awaitable[None]]


async def demo(chat: WorkflowHandle[Any, Any]) -> None:
    """As clients of the public demo talk."""
    for number, text in enumerate(("Calculate 15 * 23", "Weather in Rome?"), start=1):
        await chat.execute_update(SEND_MESSAGE, text, id=f"line-{number}")


async def posted(chat: WorkflowHandle[Any, Any]) -> None:
    """Several messages at once, one of them twice."""
    for message_id, text in (("a", "Hello."), ("b", "Calculate 1 + 1"), ("a", "Hello.")):
        message = PostedMessage(message_id=message_id, text=text, user="ann")
        await chat.execute_update(POST_MESSAGE, message)


TALKS: dict[str, tuple[AgentInput, Talk]] = {
    "demo": (AgentInput(initial_prompt="Hello."), demo),
    "posted": (AgentInput(), posted),
    "interrupted": (AgentInput(while_busy="interrupt"), posted),
}


async def chat(case: str, server: Endpoint) -> Histories:
    """A chat up to its end."""
    setup, talk = TALKS[case]
    async with scene_world(server) as world:
        handle = await begin(world, thread=f"chat-{case}", **setup.model_dump())
        await talk(handle)
        await handle.signal(END_CHAT)
        await handle.result()
        return {f"DurableAgentWorkflow.{case}": await all_runs(world.client, handle.id)}


async def served(server: Endpoint) -> Histories:
    """A chat with the tools of both servers, one of which is away at the end; and their list."""
    async with servers_world(server) as (world, finance):
        handle = await begin(world, thread="chat-servers")
        await handle.execute_update(SEND_MESSAGE, "Stock price of AAPL?", id="line-1")
        await handle.execute_update(SEND_MESSAGE, "Set the Jira project to DEMO-123", id="line-2")
        listing = await world.client.start_workflow(
            LIST_OF_TOOLS, id="assistant-tools", task_queue=world.queue
        )
        await listing.result()
        finance.is_away = True
        await handle.execute_update(SEND_MESSAGE, "Stock price of AAPL?", id="line-3")
        await handle.signal(END_CHAT)
        await handle.result()
        return {
            SERVED: await all_runs(world.client, handle.id),
            LISTED: await all_runs(world.client, listing.id),
        }


async def asked(server: Endpoint) -> Histories:
    """A chat that asks a person before a tool of a server runs, and is told yes."""
    async with servers_world(server, ask_before=[SET_JIRA_PROJECT]) as (world, _):
        handle = await begin(world, thread="chat-asked")
        message = PostedMessage(message_id="a", text="Set the Jira project to DEMO-123")
        await handle.execute_update(POST_MESSAGE, message)

        async def waits() -> bool:
            return bool(await pending_approvals(handle))

        await until(waits, "a question")
        (request,) = await pending_approvals(handle)
        await decide(handle, Decision(request_id=request.id, approve=True, who="ann"))
        await handle.signal(END_CHAT)
        await handle.result()
        return {ASKED: await all_runs(world.client, handle.id)}


@asynccontextmanager
async def scene_world(server: Endpoint) -> AsyncGenerator[AgentWorld]:
    """A worker of the assistant."""
    async with new_database() as database, chat_world(server, NOBODY, database) as world:
        yield world


@asynccontextmanager
async def servers_world(
    server: Endpoint, *, ask_before: Collection[str] = ()
) -> AsyncGenerator[tuple[AgentWorld, "Leaving"]]:
    """A worker of the assistant with both servers and their workers."""
    client = await connect(server.address, {})
    async with new_database() as database:
        both = FinanceAndIt(client, database)
        finance, it = both.clients()
        leaving = Leaving(finance)
        servers = ToolServers([leaving.client, it], ask_before=ask_before)
        async with (
            serving(client, both.parts()),
            chat_world(server, NOBODY, database, servers=servers) as world,
        ):
            yield world, leaving


class Leaving:
    """A server that can go away."""

    def __init__(self, server: ToolServerClient) -> None:
        self.is_away = False
        self._connect = server.connect
        self.client = replace(server, connect=self.connect)

    def connect(self, within_s: float) -> Client:
        """A client, while the server is there."""
        if self.is_away:
            raise ConnectionRefusedError
        return self._connect(within_s)


SCENES = (
    *(Scene((f"DurableAgentWorkflow.{case}",), partial(chat, case)) for case in TALKS),
    Scene((SERVED, LISTED), served),
    Scene((ASKED,), asked),
)
