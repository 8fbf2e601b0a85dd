"""Tool servers and their workers as processes: killed, and back."""

import asyncio
import sys
from collections.abc import AsyncGenerator

import pytest
from mcp import Client, StdioServerParameters

from segue.finance.wire.names import FINANCE_NAMESPACE
from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.processes import Supervisor
from segue.runtime.roles import Role
from segue.settings.load import Settings
from segue.storage.address import database_url
from segue.wiring.database import upgrade_schema
from tests.fakes.programs.spotify_mcp import answer
from tests.fakes.programs.worker_processes import WITHIN_S, cluster_settings, end, launch
from tests.fakes.waiting import until

pytestmark = pytest.mark.timeout(300)
NOWHERE = "http://127.0.0.1:9"  # no song is looked for here


@pytest.fixture
async def settings(tmp_path) -> AsyncGenerator[Settings]:
    """Of an installation on a Temporal that has none of the features' namespaces yet."""
    async with EmbeddedTemporal(tmp_path / "temporal") as temporal, Supervisor([temporal.child()]):
        url = database_url(None, tmp_path).render_as_string(hide_password=False)
        made = cluster_settings(tmp_path / "data", temporal.address, url, NOWHERE)
        await upgrade_schema(made)
        yield made


def stdio(settings: Settings, name: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "segue", "mcp", name], env=settings.environment()
    )


async def test_over_stdio_a_call_outlives_the_worker_that_was_killed(settings: Settings):
    first = await launch(settings, Role.ALL, only=["finance"])
    await until(first.is_ready, "the finance worker", within_s=WITHIN_S)
    async with Client(stdio(settings, "finance")) as client:
        grown = await answer(client, "calculate_roi", principal=10_000, rate=5, years=10)
        await end(first.process)
        finance = await connect(settings.temporal.address, {}, namespace=FINANCE_NAMESPACE)
        second = None

        async def call_waits() -> bool:
            count = await finance.count_workflows("ExecutionStatus = 'Running'")
            return count.count == 1

        asking = asyncio.create_task(answer(client, "stock_price", ticker="AAPL"))
        try:
            await until(call_waits, "the call that waits")
            second = await launch(settings, Role.ALL, only=["finance"])
            price = await asking
        finally:
            asking.cancel()
            if second:
                await end(second.process)

    assert grown["future_value"] == "16288.95"
    assert price["ticker"] == "AAPL"
