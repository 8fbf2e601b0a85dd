"""The Finance MCP server: two tools, which remember nothing; Temporal remembers each call."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from pydantic import Field

from segue.finance.contracts import ReturnOnInvestment, StockPrice
from segue.finance.service import FinanceService
from segue.finance.wire.payloads import RoiRequest, StockPriceRequest
from segue.platform.mcp.answering import ANSWER_WITHIN, answer_in_time
from segue.platform.mcp.callers import Caller, CallKey, caller_of
from segue.platform.mcp.server import READS, READS_HERE, tool_server

NAME = "finance"
WORKER = "the finance worker"
INSTRUCTIONS = """\
Stock prices, and what money grows to with compound interest. A price whose answer says offline is
sample data: say so to the user. An answer that still waits names a call: ask again with it."""

Ticker = Annotated[
    str,
    Field(
        max_length=12,
        pattern=r"^[A-Za-z][A-Za-z0-9.-]*$",
        description="Short name of the share at its exchange, such as AAPL",
    ),
]
Principal = Annotated[
    float, Field(gt=0, le=1e12, description="The sum that is invested, in any currency")
]
Rate = Annotated[
    float, Field(gt=-100, le=1_000, description="Interest a year in percent: 5 means 5 %")
]
Years = Annotated[int, Field(ge=0, le=100, description="For how many whole years")]

OpenService = Callable[[], Awaitable[FinanceService]]
_Answer = TypeVar("_Answer")


def finance_mcp_server(
    service: OpenService,
    request_state: RequestStateSecurity | None = None,
    *,
    within: timedelta = ANSWER_WITHIN,
) -> MCPServer[Any]:
    """The server.

    Args:
        service: Gives what the tools work with; asked for by every call.
        request_state: As ``segue.platform.mcp.server.tool_server`` takes it.
        within: So long a call may wait for its worker.
    """
    tools = FinanceTools(service, within)
    return tool_server(
        NAME,
        [
            (tools.stock_price, "Stock price", READS),
            (tools.calculate_roi, "Return on investment", READS_HERE),
        ],
        title="Segue: finance",
        instructions=INSTRUCTIONS,
        request_state=request_state,
    )


class FinanceTools:
    """Prices and returns.

    Args:
        service: What the tools work with.
        within: So long a call may wait for its worker.
    """

    def __init__(self, service: OpenService, within: timedelta) -> None:
        self._service = service
        self._within = within

    async def stock_price(
        self, ctx: Context[Any, Any], ticker: Ticker, call: CallKey = None
    ) -> StockPrice:
        """Tell the newest price of a share; offline: true means sample data, no market's price."""
        caller = caller_of(ctx, call)
        request = StockPriceRequest(ticker=ticker.upper())

        async def work() -> StockPrice:
            return await (await self._service()).stock_price(request, caller.run_id("stock-price"))

        return await self._in_time(work(), caller)

    async def calculate_roi(
        self,
        ctx: Context[Any, Any],
        principal: Principal,
        rate: Rate,
        years: Years,
        call: CallKey = None,
    ) -> ReturnOnInvestment:
        """Compute what a sum grows to: compound interest, added once a year; and the gain."""
        caller = caller_of(ctx, call)
        request = RoiRequest(
            principal=Decimal(repr(principal)), rate_percent=Decimal(repr(rate)), years=years
        )

        async def work() -> ReturnOnInvestment:
            service = await self._service()
            return await service.return_on_investment(request, caller.run_id("calculate-roi"))

        return await self._in_time(work(), caller)

    async def _in_time(self, work: Awaitable[_Answer], caller: Caller) -> _Answer:
        return await answer_in_time(work, caller, worker=WORKER, within=self._within)
