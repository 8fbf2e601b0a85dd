"""The Finance MCP server on a real Temporal, asked by the official client."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from mcp import Client
from temporalio.client import Client as TemporalClient, WorkflowExecutionStatus

from segue.errors.service import ServiceUnavailableError
from segue.finance.activities import FinanceActivities
from segue.finance.contracts import StockPrice
from segue.finance.finance_mcp import finance_mcp_server
from segue.finance.quotes.sample import PRICES, SampleQuotes
from segue.finance.service import FinanceService
from segue.finance.wire.names import FINANCE_QUEUE
from segue.finance.workflows import FINANCE_WORKFLOWS
from segue.platform.mcp.callers import OWNER, Caller
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY
from segue.runtime.worker import WorkerParts
from tests.fakes.programs.spotify_mcp import Strangers, answer, call, refusal, text_of
from tests.fakes.worlds.temporal import serving
from tests.fakes.worlds.tool_servers import http_client

SOON = timedelta(milliseconds=300)
ROI: dict[str, Any] = {"principal": 10_000, "rate": 5, "years": 10}
TOKEN, ANNS = "a-token-of-the-owner", "a-token-of-somebody"


class Counting(SampleQuotes):
    """Counts how often it is asked; as many first answers as wanted fail."""

    def __init__(self, failures: int = 0) -> None:
        self.asked = 0
        self.failures = failures

    async def price(self, ticker: str) -> StockPrice:
        self.asked += 1
        if self.asked <= self.failures:
            raise ServiceUnavailableError("not now")
        return await super().price(ticker)


@pytest.fixture
def quotes():
    return Counting()


@pytest.fixture
def worker(temporal_client: TemporalClient, quotes: Counting):
    """Runs finance's worker while the body runs."""

    @asynccontextmanager
    async def run() -> AsyncGenerator[None]:
        part = WorkerParts(
            task_queue=FINANCE_QUEUE,
            workflows=FINANCE_WORKFLOWS,
            activities=[FinanceActivities(quotes).fetch_quote],
        )
        async with serving(temporal_client, [part]):
            yield

    return run


@pytest.fixture
def server(temporal_client: TemporalClient):
    """Makes a server, as another process would have it."""

    def make(**options: Any):
        async def service() -> FinanceService:
            return FinanceService(temporal_client)

        return finance_mcp_server(service, **options)

    return make


async def test_the_two_tools_say_what_they_take_and_do(server):
    async with Client(server()) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert list(tools) == ["stock_price", "calculate_roi"]
    for tool in tools.values():
        assert tool.annotations
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema
        assert all(schema.get("description") for schema in tool.input_schema["properties"].values())
    assert tools["stock_price"].input_schema["required"] == ["ticker"]
    assert tools["calculate_roi"].input_schema["required"] == ["principal", "rate", "years"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_http_both_eras_of_the_protocol_get_the_example_of_the_documents(
    server, worker, mode
):
    async with worker(), http_client(server(), mode=mode) as client:
        grown = await answer(client, "calculate_roi", **ROI)
        price = await answer(client, "stock_price", ticker="aapl")

    assert Decimal(grown["future_value"]) == Decimal("16288.95")
    assert Decimal(grown["gain"]) == Decimal("6288.95")
    assert "compounded once a year" in grown["computes"]
    assert (price["ticker"], price["offline"]) == ("AAPL", True)
    assert Decimal(price["price"]) == PRICES["AAPL"]


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("stock_price", {"ticker": "AAPL; DROP"}, "ticker"),
        ("stock_price", {"ticker": ""}, "ticker"),
        ("stock_price", {"tickr": "AAPL"}, "'ticker' meant"),
        ("calculate_roi", {**ROI, "principal": "10000"}, "principal"),
        ("calculate_roi", {**ROI, "principal": -1}, "principal"),
        ("calculate_roi", {**ROI, "rate": float("nan")}, "rate"),
        ("calculate_roi", {**ROI, "years": 101}, "years"),
        ("calculate_roi", {**ROI, "years": True}, "years"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_before_anything_runs(
    server, tool, arguments, problem
):
    text = await refusal(Strangers(server()), tool, **arguments)

    assert text.startswith("[input.invalid]")
    assert problem in text


async def test_an_unknown_share_is_an_error_that_a_model_can_act_on(server, worker):
    async with worker():
        text = await refusal(Strangers(server()), "stock_price", ticker="NOSUCH")

    assert text.startswith("[finance.unknown_ticker]")
    assert "AAPL" in text


async def test_a_call_repeated_under_its_key_runs_once_and_answers_the_same(server, worker, quotes):
    meta = {IDEMPOTENCY_KEY: "repeated"}
    async with worker():
        first = await call(Strangers(server()), "stock_price", {"ticker": "AAPL"}, meta)
        again = await call(Strangers(server()), "stock_price", {"ticker": "AAPL"}, meta)
        await answer(Strangers(server()), "stock_price", ticker="AAPL")

    assert first.structured_content == again.structured_content
    assert quotes.asked == 2  # once for the key, once for the call without


async def test_a_key_that_stands_for_another_call_is_refused(server, worker):
    meta = {IDEMPOTENCY_KEY: "taken"}
    async with worker():
        await call(Strangers(server()), "stock_price", {"ticker": "AAPL"}, meta)
        other = await call(Strangers(server()), "stock_price", {"ticker": "MSFT"}, meta)
        await call(Strangers(server()), "calculate_roi", ROI, meta)
        more = await call(Strangers(server()), "calculate_roi", {**ROI, "years": 11}, meta)

    for result in (other, more):
        assert result.is_error
        assert text_of(result).startswith("[tools.key_taken]")


async def test_the_same_key_of_another_user_is_another_call(server, worker, quotes):
    meta = {IDEMPOTENCY_KEY: "shared"}
    async with worker():
        for token in (TOKEN, ANNS):
            async with http_client(
                server(), token=token, owner=TOKEN, users={"ann": ANNS}
            ) as client:
                await call(client, "stock_price", {"ticker": "AAPL"}, meta)

    assert quotes.asked == 2


async def test_a_call_that_failed_may_be_tried_again_under_its_key(server, worker, quotes):
    meta = {IDEMPOTENCY_KEY: "failed"}
    async with worker():
        failed = await call(Strangers(server()), "stock_price", {"ticker": "NOSUCH"}, meta)
        again = await call(Strangers(server()), "stock_price", {"ticker": "NOSUCH"}, meta)

    assert failed.is_error
    assert again.is_error
    assert quotes.asked == 2


async def test_while_its_worker_is_away_a_call_waits_and_is_answered_once_it_is_back(
    server, worker, quotes, temporal_client
):
    waiting = await refusal(Strangers(server(within=SOON)), "stock_price", ticker="AAPL")
    key = waiting.partition('call="')[2].partition('"')[0]
    async with worker():
        price = await answer(Strangers(server()), "stock_price", ticker="AAPL", call=key)

    assert waiting.startswith("[tools.still_waiting] Still waiting for the finance worker")
    assert price["ticker"] == "AAPL"
    assert quotes.asked == 1
    run = temporal_client.get_workflow_handle(Caller(OWNER, key).run_id("stock-price"))
    assert (await run.describe()).status is WorkflowExecutionStatus.COMPLETED
