"""Tool servers over a real Temporal: in process, and over HTTP without a network."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

from segue.platform.mcp.http import PATH, mcp_app

HERE = "http://127.0.0.1:8001"


@asynccontextmanager
async def http_client(
    server: MCPServer[Any],
    *,
    token: str | None = None,
    owner: str | None = None,
    users: dict[str, str] | None = None,
    mode: str = "auto",
) -> AsyncGenerator[Client]:
    """The official client, connected over Streamable HTTP.

    Args:
        server: Used for one client only.
        token: What the client sends.
        owner: The owner's token.
        users: Tokens of others.
        mode: Of the client: which protocol it speaks.
    """
    app = mcp_app(server, host="127.0.0.1", token=owner, users=users or {})
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx2.ASGITransport(app, client=("192.0.2.7", 4711))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=HERE, headers=headers) as http,
        Client(streamable_http_client(f"{HERE}{PATH}", http_client=http), mode=mode) as client,
    ):
        yield client
