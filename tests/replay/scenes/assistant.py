"""Chats with the assistant. The offline rules answer: two recordings say the same."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from temporalio.client import WorkflowHandle

from segue.assistant.wire.names import END_CHAT, POST_MESSAGE, SEND_MESSAGE
from segue.assistant.wire.payloads import AgentInput, PostedMessage
from segue.runtime.embedded import Endpoint
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import begin, chat_world
from tests.replay.stage import Histories, Scene, all_runs, new_database

NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked

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


@asynccontextmanager
async def scene_world(server: Endpoint) -> AsyncGenerator[AgentWorld]:
    """A worker of the assistant."""
    async with new_database() as database, chat_world(server, NOBODY, database) as world:
        yield world


SCENES = tuple(Scene((f"DurableAgentWorkflow.{case}",), partial(chat, case)) for case in TALKS)
