"""Finance as one value."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from segue.finance.wire.names import FINANCE_NAMESPACE, FINANCE_QUEUE
from segue.platform.feature import Check, Feature, OpenPlatform, Queue, ToolServer
from segue.settings.finance import FinanceSettings

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from segue.finance.quotes.port import Quotes
    from segue.finance.service import FinanceService
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts
    from segue.settings.load import Settings


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.finance.activities import FinanceActivities
    from segue.finance.workflows import FINANCE_WORKFLOWS
    from segue.runtime.worker import WorkerParts

    async with _open_quotes(platform.settings.of(FinanceSettings)) as quotes:
        yield [
            WorkerParts(
                task_queue=FINANCE_QUEUE,
                namespace=FINANCE_NAMESPACE,
                workflows=FINANCE_WORKFLOWS,
                activities=[FinanceActivities(quotes).fetch_quote],
            )
        ]


@asynccontextmanager
async def _open_quotes(settings: FinanceSettings) -> "AsyncGenerator[Quotes]":
    from segue.finance.quotes.finnhub import KEY_HEADER, NAME, FinnhubQuotes
    from segue.finance.quotes.sample import SampleQuotes
    from segue.platform.json_service import open_json_service

    async with AsyncExitStack() as stack:
        if settings.quotes_api_key is None:
            yield SampleQuotes()
            return
        headers = {KEY_HEADER: settings.quotes_api_key.get_secret_value()}
        service = open_json_service(NAME, settings.quotes_url, headers=headers)
        yield FinnhubQuotes(await stack.enter_async_context(service))


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[FinanceService]":
    from segue.finance.service import FinanceService

    yield FinanceService(await platform.client(FINANCE_NAMESPACE))


@asynccontextmanager
async def _open_server(
    settings: "Settings", platform: OpenPlatform
) -> "AsyncGenerator[MCPServer[Any]]":
    from segue.finance.finance_mcp import finance_mcp_server
    from segue.platform.mcp.state_keys import request_state_security

    async def service() -> "FinanceService":
        return await (await platform()).service("finance")

    yield finance_mcp_server(service, request_state_security(settings.data.directory))


def _checks(settings: "Settings") -> Mapping[str, Callable[[], Awaitable[Check | str]]]:
    async def prices() -> Check | str:
        if settings.of(FinanceSettings).quotes_api_key is None:
            detail = "sample data: SEGUE_QUOTES_API_KEY is not set"
            return Check("Stock prices", ok=None, detail=detail)
        return f"from {settings.of(FinanceSettings).quotes_url}"

    return {"Stock prices": prices}


FINANCE = Feature(
    name="finance",
    queues=(Queue(FINANCE_QUEUE, FINANCE_NAMESPACE, asks_models=False),),
    parts=_parts,
    open_service=_open_service,
    checks=_checks,
    tool_servers=(
        ToolServer(
            name="finance",
            title="Finance MCP server",
            port=lambda settings: settings.of(FinanceSettings).mcp_port,
            port_setting="SEGUE_FINANCE_MCP_PORT",
            url=lambda settings: settings.of(FinanceSettings).mcp_url,
            variable="SEGUE_FINANCE_MCP_URL",
            open=_open_server,
        ),
    ),
    settings=(FinanceSettings,),
)
