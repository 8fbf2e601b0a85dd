"""The official MCP client of before version 2, in an environment of its own.

This file is also the program that runs there: it reads visits from standard input and writes what
came of them. It imports nothing of ours, because nothing of ours is there.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NotRequired, TypedDict

import httpx
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client


class Visit(TypedDict):
    """A server that is connected to, and what it is asked.

    Attributes:
        url: Of Streamable HTTP; without it, ``command`` is started and spoken to over stdio.
        headers: Sent with every request.
        environment: Of the command.
        calls: Names of tools with their arguments, one after the other.
    """

    url: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    command: NotRequired[list[str]]
    environment: NotRequired[dict[str, str]]
    calls: list[tuple[str, dict[str, Any]]]


class Answers(TypedDict):
    """What a server answered, in the protocol's own words.

    Attributes:
        initialized: The answer to ``initialize``.
        tools: Those of ``tools/list``.
        results: Those of the calls.
    """

    initialized: dict[str, Any]
    tools: list[dict[str, Any]]
    results: list[dict[str, Any]]


async def _answers(visit: Visit) -> Answers:
    async with _session(visit) as session:
        initialized = await session.initialize()
        listed = await session.list_tools()
        results = [await session.call_tool(name, given) for name, given in visit["calls"]]
    return {
        "initialized": _plain(initialized),
        "tools": _plain(listed)["tools"],
        "results": [_plain(result) for result in results],
    }


@asynccontextmanager
async def _session(visit: Visit) -> AsyncGenerator[ClientSession]:
    if "url" in visit:
        # Typed by version 2, which takes another package's client.
        http: Any = httpx.AsyncClient(headers=visit.get("headers"), trust_env=False, timeout=60)
        async with (
            http,
            streamable_http_client(visit["url"], http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            yield session
    else:
        program, *arguments = visit.get("command", [])
        server = StdioServerParameters(
            command=program, args=arguments, env=visit.get("environment")
        )
        async with (
            stdio_client(server) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            yield session


def _plain(model: Any) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def _all(visits: list[Visit]) -> list[Answers]:
    return [await _answers(visit) for visit in visits]


if __name__ == "__main__":
    json.dump(asyncio.run(_all(json.load(sys.stdin))), sys.stdout)
