"""An MCP server as its client: what it offers, what it answers, and why it does not."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from mcp import Client, MCPError
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, ImageContent, ListToolsResult, TextContent, Tool

from segue.errors.input import InputError
from segue.errors.tools import ToolFailedError, ToolServerAwayError, ToolServerRefusedError
from segue.platform.mcp.client import MOST_PAGES, http_tool_server, own_tool_server
from segue.platform.mcp.http import PATH, mcp_app
from segue.platform.mcp.server import READS, tool_server
from segue.runs.limits import RESULT_CHARACTERS
from segue.runs.workflow.guarding import CUT
from segue.runtime.http_host import Address, bound, serving

OWNERS = "a-token-of-the-owner"


async def double(number: int) -> dict[str, int]:
    """Twice the number."""
    if number < 0:
        raise InputError("Expected no negative number.")
    return {"twice": 2 * number}


async def nothing(_context: object, _params: object) -> ListToolsResult:
    return ListToolsResult(tools=[])


def doubling():
    return tool_server("sums", [(double, "Double", READS)], title="Sums", instructions="")


@asynccontextmanager
async def over_http() -> AsyncGenerator[str]:
    """The address of a server that wants the token."""
    address = Address("The server", "")
    app = mcp_app(doubling(), host=address.host, token=OWNERS)
    with bound(address) as listener:
        async with serving(app, listener):
            yield f"{listener.url}{PATH}"


async def test_data_is_answered_as_json_and_a_failure_in_the_servers_words():
    sums = own_tool_server("sums", doubling())
    (tool,) = await sums.tools()
    answer = await sums.call("double", {"number": 4}, {})
    with pytest.raises(ToolFailedError, match=r"^\[input\.invalid\] Expected no negative number"):
        await sums.call("double", {"number": -1}, {})

    assert tool.name == "double"
    assert json.loads(answer) == {"twice": 8}


async def test_over_http_the_token_lets_in_and_another_is_refused_without_being_told():
    async with over_http() as url:
        async with http_tool_server("sums", url, token=OWNERS) as sums:
            answer = await sums.call("double", {"number": 4}, {})
        with_password = url.replace("http://", "http://me:hidden@") + "?key=hidden"
        async with http_tool_server("sums", with_password, token=OWNERS[::-1]) as sums:
            with pytest.raises(ToolServerRefusedError) as refusal:
                await sums.tools()
        async with http_tool_server("sums", url, token=None) as sums:
            with pytest.raises(ToolServerRefusedError, match=r"HTTP 401"):
                await sums.call("double", {"number": 4}, {})

    assert json.loads(answer) == {"twice": 8}
    assert url in refusal.value.message
    assert "hidden" not in refusal.value.message
    assert "SEGUE_MCP_TOKEN" in refusal.value.hint


async def test_a_server_that_does_not_answer_is_away():
    async with http_tool_server("sums", "http://127.0.0.1:1/mcp", token=None) as sums:
        with pytest.raises(ToolServerAwayError, match=r"sums server at .*:1/mcp is away"):
            await sums.tools()


async def test_pages_of_a_list_are_read_to_the_end_and_endless_ones_are_not():
    asked: list[str | None] = []

    async def pages(_context: object, params: object) -> ListToolsResult:
        cursor = getattr(params, "cursor", None)
        asked.append(cursor)
        tool = Tool(name=f"t{len(asked)}", input_schema={"type": "object"})
        return ListToolsResult(tools=[tool], next_cursor=str(len(asked)))

    tools = await own_tool_server("endless", Server("x", on_list_tools=pages)).tools()

    assert asked[:3] == [None, "1", "2"]
    assert len(tools) == MOST_PAGES


@pytest.mark.parametrize(("ttl_ms", "times"), [(0, 3), (1_500, 2), (10_000_000, 1)])
async def test_a_list_is_asked_for_again_when_it_no_longer_holds(ttl_ms: int, times: int):
    asked: list[object] = []
    now = [0.0]

    async def listing(_context: object, params: object) -> ListToolsResult:
        asked.append(params)
        return ListToolsResult(tools=[], ttl_ms=ttl_ms)

    server = replace(own_tool_server("x", Server("x", on_list_tools=listing)), clock=lambda: now[0])
    for moment in (100.0, 101.0, 102.0):
        now[0] = moment
        await server.tools()

    assert len(asked) == times


async def test_texts_are_cut_and_what_is_no_text_is_named():
    async def answering(_context: object, _params: object) -> CallToolResult:
        image = ImageContent(type="image", data="", mime_type="image/png")
        text = TextContent(type="text", text="x" * RESULT_CHARACTERS)
        return CallToolResult(content=[image, text])

    answer = await own_tool_server(
        "long", Server("x", on_list_tools=nothing, on_call_tool=answering)
    ).call("any", {}, {})

    assert answer.startswith("[image]\nxx")
    assert len(answer) == RESULT_CHARACTERS + len(CUT)


async def test_a_refusal_by_the_protocol_is_the_tools_failure():
    async def refusing(_context: object, _params: object) -> CallToolResult:
        raise MCPError(-32602, "no such tool")

    server = own_tool_server("strict", Server("x", on_list_tools=nothing, on_call_tool=refusing))
    with pytest.raises(ToolFailedError, match="refused the call: no such tool"):
        await server.call("any", {}, {})


def test_a_client_gives_up_after_the_time_that_it_was_given():
    client = own_tool_server("sums", doubling()).connect(3.0)

    assert isinstance(client, Client)
    assert client.read_timeout_seconds == 3.0
