"""The chat with the tools of MCP servers: the documents' examples, outages, lists that change."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from mcp import Client

from segue.assistant.contracts import ReplyView
from segue.assistant.service.assistant import AssistantService
from segue.assistant.tool_servers import ToolServers
from segue.errors.tools import ToolServerAwayError
from segue.platform.mcp.client import ToolServerClient, http_tool_server
from segue.platform.mcp.http import PATH, mcp_app
from segue.platform.mcp.server import tool_server
from segue.runtime.http_host import Address, bound, serving as serving_http
from segue.runtime.ports import free_ports
from tests.fakes.histories import failed_tasks
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import chat_service, chat_world, new_thread, told
from tests.fakes.worlds.temporal import serving
from tests.fakes.worlds.tool_servers import FinanceAndIt

KEY = "a-token-of-the-owner"


@dataclass
class Answers:
    """Of a server whose answers may be lost on their way.

    Attributes:
        lost: So many are, after the tool has run.
        metas: What the calls carried beside their arguments.
    """

    lost: int = 0
    metas: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])


@dataclass(frozen=True)
class Unreliable(ToolServerClient):
    """A server whose answers may be lost."""

    answers: Answers = field(default_factory=Answers)

    async def call(self, tool: str, arguments: dict[str, Any], meta: Mapping[str, str]) -> str:
        answer = await super().call(tool, arguments, meta)
        self.answers.metas.append(meta)
        if self.answers.lost:
            self.answers.lost -= 1
            raise ToolServerAwayError("the answer was lost")
        return answer


def later() -> Callable[[], float]:
    """A clock that is far ahead each time: no list holds so long."""
    return count(step=1_000).__next__


@pytest.fixture
async def both(temporal_client, sqlite_database) -> AsyncGenerator[FinanceAndIt]:
    """The finance and IT servers with their workers."""
    servers = FinanceAndIt(temporal_client, sqlite_database)
    async with serving(temporal_client, servers.parts()):
        yield servers


@pytest.fixture
def world(temporal_server, scripted_openai, sqlite_database):
    """Makes the assistant with its offline model and some servers."""

    @asynccontextmanager
    async def make(
        *clients: ToolServerClient,
    ) -> AsyncGenerator[tuple[AssistantService, AgentWorld]]:
        servers = ToolServers(clients)
        async with (
            chat_world(
                temporal_server, scripted_openai, sqlite_database, servers=servers
            ) as agents,
            chat_service(agents) as service,
        ):
            yield service, agents

    return make


async def test_all_eight_examples_of_the_documents_work_without_a_key(world, both: FinanceAndIt):
    thread = new_thread()
    async with world(*both.clients()) as (chats, agents):

        async def say(text: str) -> ReplyView:
            return await told(chats, thread, text)

        replies = [
            await say("Calculate 15 * 23"),
            await say("What's the weather in New York?"),
            await say("What is the stock price of AAPL?"),
            await say("Calculate the ROI for $10000 invested at 5% for 10 years"),
            await say("Set the JIRA project to DEMO-123"),
            await say("Get the metrics"),
            await say("Track my IP address"),
            await say("Show me the IP history"),
        ]
        history = await agents.client.get_workflow_handle(thread).fetch_history()
        offered = await chats.tools()
    texts = [reply.text for reply in replies]

    assert all(reply.offline for reply in replies)
    assert [name for reply in replies for name in reply.tools] == [
        *("calculator", "weather", "stock_price", "calculate_roi"),
        *("set_jira_project", "get_jira_metrics", "track_ip", "get_ip_history"),
    ]
    assert {tool.name for tool in offered.tools} == {
        name for reply in replies for name in reply.tools
    }
    assert not offered.away
    assert texts[0] == "The result is 345."
    assert texts[1].endswith("(sample data, not a measurement).")
    assert texts[2] == "The price of AAPL is 185.50 USD (sample data, no market's price)."
    assert texts[3].startswith("10,000 at 5 % for 10 years grows to 16,288.95, a gain of 6,288.95")
    assert texts[4] == "The Jira project is DEMO-123 now."
    assert texts[5].startswith("DEMO-123 has ")
    assert texts[5].endswith("(sample data, nobody's project).")
    assert texts[6].startswith("Tracked 127.0.0.1")
    assert texts[7].startswith("Tracked addresses:\n- 127.0.0.1 at ")
    assert failed_tasks(history) == []


async def test_an_answer_that_is_lost_is_asked_for_again_and_the_tool_runs_once_for_its_thread(
    world, both: FinanceAndIt
):
    finance, it = (
        Unreliable(each.name, each.place, each.connect, answers=Answers(lost=1))
        for each in both.clients()
    )
    thread, other = new_thread(), new_thread()
    async with world(finance, it) as (chats, _):
        price = await told(chats, thread, "What is the price of AAPL?")
        await told(chats, thread, "Track 192.0.2.1 as my IP address")
        await told(chats, thread, "Track 192.0.2.2 as my IP address")
        history = await told(chats, thread, "Show me the IP history")
        elsewhere = await told(chats, other, "Show me the IP history")

    assert price.text.startswith("The price of AAPL is 185.50 USD")
    assert both.quotes.asked == 1
    assert [line.split()[1] for line in history.text.splitlines()[1:]] == ["192.0.2.1", "192.0.2.2"]
    assert elsewhere.text == "No address was tracked yet."
    asked, again = finance.answers.metas
    assert asked == again
    keys = [meta["dev.segue/idempotency-key"] for meta in it.answers.metas]
    threads = [meta["dev.segue/thread"] for meta in it.answers.metas]
    assert keys[0] == keys[1]
    assert len({*keys, asked["dev.segue/idempotency-key"]}) == len(keys)
    assert threads == [thread] * 4 + [other]


async def test_while_a_server_is_away_the_chat_goes_on_and_its_tools_work_once_it_is_back(
    world, both: FinanceAndIt
):
    (port,) = free_ports(1)
    address = Address("The server", "", port=port)
    url = f"http://{address.netloc}{PATH}"
    thread = new_thread()

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        app = mcp_app(both.finance(), host=address.host, token=KEY)
        with bound(address) as listener:
            async with serving_http(app, listener):
                yield

    async with AsyncExitStack() as stack:
        finance = await stack.enter_async_context(http_tool_server("finance", url, token=KEY))
        servers = (replace(finance, clock=later()), both.clients()[1])
        chats, _ = await stack.enter_async_context(world(*servers))
        never_seen = await told(chats, thread, "What is the price of AAPL?")
        away = (await chats.tools()).away
        meanwhile = await told(chats, thread, "Set the Jira project to DEMO")
        async with running():
            back = await told(chats, thread, "What is the price of AAPL?")
        gone = await told(chats, thread, "What is the price of MSFT?")
        still = await told(chats, thread, "Calculate 1 + 1")
        async with running():
            again = await told(chats, thread, "What is the price of MSFT?")

    assert "its server is away" in never_seen.text
    assert away == ("finance",)
    assert meanwhile.text == "The Jira project is DEMO now."
    assert back.text.startswith("The price of AAPL is ")
    assert gone.tools == ("stock_price",)
    assert f"The finance server at {url} is away (ConnectError)" in gone.text
    assert still.text == "The result is 2."
    assert again.text.startswith("The price of MSFT is ")


async def test_a_list_of_tools_that_changes_counts_from_the_next_turn(world, both: FinanceAndIt):
    finance, _ = both.clients()
    nothing = tool_server("finance", [], title="Finance", instructions="")
    shown = [nothing]
    changing = replace(finance, connect=lambda _: Client(shown[0]), clock=later())
    thread = new_thread()
    async with world(changing) as (chats, _):
        before = await told(chats, thread, "What is the price of AAPL?")
        shown[0] = both.finance()
        after = await told(chats, thread, "What is the price of AAPL?")
        shown[0] = nothing
        gone = await told(chats, thread, "What is the price of AAPL?")

    assert before.text.startswith("I have no stock_price now")
    assert after.text.startswith("The price of AAPL is ")
    assert gone.text == before.text
