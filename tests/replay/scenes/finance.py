"""Calls of finance's tools: each a workflow of its own."""

from functools import partial

from pydantic import BaseModel

from segue.errors.base import SegueError
from segue.errors.service import ServiceUnavailableError
from segue.finance.activities import FinanceActivities
from segue.finance.contracts import StockPrice
from segue.finance.quotes.sample import SampleQuotes
from segue.finance.service import FinanceService
from segue.finance.wire.names import CALCULATE_ROI, FINANCE_QUEUE, STOCK_PRICE
from segue.finance.wire.payloads import RoiRequest, StockPriceRequest
from segue.finance.workflows import FINANCE_WORKFLOWS
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import WorkerParts, build_worker
from tests.replay.stage import Histories, Scene, all_runs

ROI = RoiRequest.model_validate({"principal": "10000", "rate_percent": "5", "years": 10})
CALLS: dict[str, BaseModel] = {
    f"{STOCK_PRICE}.known": StockPriceRequest(ticker="AAPL"),
    f"{STOCK_PRICE}.unknown": StockPriceRequest(ticker="NOSUCH"),
    f"{STOCK_PRICE}.tried-again": StockPriceRequest(ticker="MSFT"),
    f"{CALCULATE_ROI}.ten-years": ROI,
}


class Shaky(SampleQuotes):
    """Fails at the first question for one share."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    async def price(self, ticker: str) -> StockPrice:
        if ticker == "MSFT" and ticker not in self.asked:
            self.asked.add(ticker)
            raise ServiceUnavailableError("not now")
        return await super().price(ticker)


async def one_call(name: str, server: Endpoint) -> Histories:
    """One call, from its start to its end."""
    client = await connect(server.address, {})
    activities = [FinanceActivities(Shaky()).fetch_quote]
    part = WorkerParts(task_queue=FINANCE_QUEUE, workflows=FINANCE_WORKFLOWS, activities=activities)
    async with build_worker(client, part):
        service, request = FinanceService(client), CALLS[name]
        try:
            if isinstance(request, RoiRequest):
                await service.return_on_investment(request, name)
            elif isinstance(request, StockPriceRequest):
                await service.stock_price(request, name)
        except SegueError:
            assert name.endswith("unknown")
        return {name: await all_runs(client, name)}


SCENES = tuple(Scene((name,), partial(one_call, name)) for name in CALLS)
