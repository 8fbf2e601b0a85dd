"""Tool servers over a real Temporal: in process, and over HTTP without a network."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer
from temporalio.client import Client as TemporalClient

from segue.finance.activities import FinanceActivities
from segue.finance.contracts import StockPrice
from segue.finance.finance_mcp import finance_mcp_server
from segue.finance.quotes.sample import SampleQuotes
from segue.finance.service import FinanceService
from segue.finance.wire.names import FINANCE_QUEUE
from segue.finance.workflows import FINANCE_WORKFLOWS
from segue.it.it_mcp import it_mcp_server
from segue.it.jira.port import Jira
from segue.it.jira.sample import SampleJira
from segue.it.service import ItService
from segue.it.store import ItSessionStore
from segue.platform.mcp.client import ToolServerClient, own_tool_server
from segue.platform.mcp.http import PATH, mcp_app
from segue.runtime.worker import WorkerParts
from segue.storage.database import Database
from tests.fakes.worlds.it_sessions import it_part

HERE = "http://127.0.0.1:8001"
AT_MOST = timedelta(seconds=20)  # a call waits for its worker, on a busy machine


class CountingQuotes(SampleQuotes):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def price(self, ticker: str) -> StockPrice:
        self.asked += 1
        return await super().price(ticker)


@dataclass(frozen=True)
class FinanceAndIt:
    """Both tool servers over a Temporal, and what their workers serve.

    Attributes:
        within: So long a call waits for its worker.
    """

    client: TemporalClient
    database: Database
    quotes: CountingQuotes = field(default_factory=CountingQuotes)
    jira: Jira = field(default_factory=SampleJira)
    within: timedelta = AT_MOST

    def finance(self) -> MCPServer[Any]:
        """The Finance MCP server."""

        async def service() -> FinanceService:
            return FinanceService(self.client)

        return finance_mcp_server(service, within=self.within)

    def it(self) -> MCPServer[Any]:
        """The IT MCP server."""

        async def service() -> ItService:
            return ItService(self.client, self._sessions())

        return it_mcp_server(service, within=self.within)

    def clients(self) -> list[ToolServerClient]:
        """Who asks them, without a port between."""
        return [
            own_tool_server("finance", self.finance()),
            own_tool_server("it", self.it()),
        ]

    def finance_part(self) -> WorkerParts:
        """What the finance worker serves."""
        return WorkerParts(
            task_queue=FINANCE_QUEUE,
            workflows=FINANCE_WORKFLOWS,
            activities=[FinanceActivities(self.quotes).fetch_quote],
        )

    def parts(self) -> list[WorkerParts]:
        """What both workers serve."""
        return [self.finance_part(), it_part(self.jira, self._sessions())]

    def _sessions(self) -> ItSessionStore:
        return ItSessionStore(self.database, time.time)


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
