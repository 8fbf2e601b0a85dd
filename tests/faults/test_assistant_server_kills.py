"""The finance and IT workers and servers get SIGKILL; the chat lives, and effects happen once."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from segue.assistant.service.assistant import AssistantService
from segue.assistant.tool_servers import ToolServers
from segue.platform.mcp.client import http_tool_server
from tests.fakes.programs.tool_servers import FINANCE, IT, WORKERS, ToolProcesses, tool_processes
from tests.fakes.waiting import until
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import ANN, chat_service, chat_world, new_thread, reply_to, told

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Line:
    """A chat, and the processes that stand behind its tools."""

    processes: ToolProcesses
    chats: AssistantService
    world: AgentWorld
    thread: str

    async def say(self, text: str) -> str:
        """The reply."""
        return (await told(self.chats, self.thread, text)).text

    async def addresses(self) -> list[str]:
        """The IP history of the thread."""
        history = await self.say("Show me the IP history")
        return [line.split()[1] for line in history.splitlines()[1:]]


@pytest.fixture
async def line(
    temporal_server, scripted_openai, sqlite_database, tmp_path: Path
) -> AsyncGenerator[Line]:
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(
            tool_processes(temporal_server.address, sqlite_database, tmp_path)
        )
        servers = [
            await stack.enter_async_context(http_tool_server(name, processes.url(name), token=None))
            for name in (FINANCE, IT)
        ]
        world = await stack.enter_async_context(
            chat_world(
                temporal_server, scripted_openai, sqlite_database, servers=ToolServers(servers)
            )
        )
        chats = await stack.enter_async_context(chat_service(world))
        yield Line(processes, chats, world, new_thread())


async def test_while_the_workers_are_dead_tools_say_that_they_wait_and_answer_once_they_are_back(
    line: Line,
):
    await line.processes.start(WORKERS, FINANCE, IT)
    before = await line.say("Track 192.0.2.1 as my IP address")
    await line.processes.kill(WORKERS)
    waiting = [
        await line.say("What is the price of AAPL?"),
        await line.say("Track 192.0.2.2 as my IP address"),
    ]
    meanwhile = await line.say("Calculate 15 * 23")
    await line.processes.start(WORKERS)
    price = await line.say("What is the price of AAPL?")
    after = await line.say("Track 192.0.2.2 as my IP address")

    assert before.startswith("Tracked 192.0.2.1")
    for reply, worker in zip(waiting, ("finance", "IT"), strict=True):
        assert f"Still waiting for the {worker} worker" in reply
        assert reply.endswith("Ask again, and the same call goes on.")
    assert meanwhile == "The result is 345."
    assert price.startswith("The price of AAPL is 185.50 USD")
    assert after.startswith("Tracked 192.0.2.2")
    assert await line.addresses() == ["192.0.2.1", "192.0.2.2"]


async def test_servers_that_are_killed_amid_a_call_answer_it_once_they_are_back(line: Line):
    line.processes.within = 30.0
    await line.processes.start(WORKERS, FINANCE, IT)
    await line.say("Track 192.0.2.1 as my IP address")
    await line.processes.kill(WORKERS)
    text = "Track 192.0.2.2 as my IP address"
    await line.chats.post(ANN, line.thread, text, message_id="amid")
    chat = line.world.client.get_workflow_handle(line.thread)

    async def is_called() -> bool:
        pending = (await chat.describe()).raw_description.pending_activities
        return any(each.activity_type.name == "assistant-call-tool" for each in pending)

    await until(is_called, "the call")
    await line.processes.kill(FINANCE, IT)
    await line.processes.start(FINANCE, IT, WORKERS)
    amid = await reply_to(line.chats, line.thread, "amid")

    assert amid.text.startswith("Tracked 192.0.2.2")
    assert (await line.say("What is the price of AAPL?")).startswith("The price of AAPL is ")
    assert await line.addresses() == ["192.0.2.1", "192.0.2.2"]
