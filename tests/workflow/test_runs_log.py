"""What workflows log, whatever the log's handlers are."""

import logging
import uuid
from collections.abc import Generator
from datetime import timedelta

import pytest
from temporalio.client import Client

from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.workflows.logs import LogsAnErrorWorkflow

LOGGER = logging.getLogger("temporalio.workflow")


class LazyHandler(logging.Handler):
    """Imports what it formats with when it first needs it, as rich's does."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self.module = module
        self.formats: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.formats.append(__import__(self.module).FORMAT)


@pytest.fixture
def handler(tmp_path, monkeypatch) -> Generator[LazyHandler]:
    module = f"formats_{uuid.uuid4().hex}"
    (tmp_path / f"{module}.py").write_text("FORMAT = 'plain'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    handler = LazyHandler(module)
    LOGGER.addHandler(handler)
    yield handler
    LOGGER.removeHandler(handler)


async def test_a_handler_that_imports_does_not_hang_a_workflow(
    temporal_client: Client, handler: LazyHandler
):
    queue = uuid.uuid4().hex
    parts = WorkerParts(task_queue=queue, workflows=[LogsAnErrorWorkflow], activities=[])
    async with build_worker(temporal_client, parts):
        result = await temporal_client.execute_workflow(
            LogsAnErrorWorkflow.run,
            id=queue,
            task_queue=queue,
            execution_timeout=timedelta(seconds=20),
        )

    assert result == "went on"
    assert handler.formats == ["plain"]
