"""What a session of IT knows, where conversations are encrypted: nowhere in the clear."""

import base64
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from segue.it.register import IT
from segue.it.service import ItService
from segue.it.store import place_of
from segue.it.wire.names import IDLE
from segue.platform.mcp.callers import OWNER
from segue.platform.platform import Platform
from segue.runtime.payloads.drivers import data_converter
from segue.sessions.histories.codec import HistoryCodec
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.sealing import Seal
from segue.settings.load import Settings, embedded_settings
from segue.storage.database import Database
from tests.fakes.waiting import until
from tests.fakes.worlds.temporal import serving

PROJECT, ADDRESS = "CANARY_PROJECT", "192.0.2.77"
KEYS = {name: f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2")}


@dataclass(frozen=True)
class Installation:
    """What IT's register asks a platform for."""

    settings: Settings
    seal: Seal | None
    _database: Database
    _client: Client

    async def database(self) -> Database:
        return self._database

    async def client(self, namespace: str | None = None) -> Client:
        del namespace  # the server that skips time has one
        return self._client


@pytest.fixture
def installed(time_skipping: WorkflowEnvironment, sqlite_database: Database, tmp_path: Path):
    """IT as its register opens it, with these master keys: its service, with a worker."""

    def install(opened: AsyncExitStack, *keys: str):
        seal = Seal(",".join(KEYS[key] for key in keys)) if keys else None
        codec = HistoryCodec(HistoryKeys(sqlite_database, seal)) if seal else None
        service = time_skipping.client.service_client
        client = Client(service, data_converter=data_converter(None, codec=codec))
        made = Installation(embedded_settings(tmp_path), seal, sqlite_database, client)
        return _opened(opened, cast("Platform", made), client)

    return install


async def _opened(opened: AsyncExitStack, platform: Platform, client: Client) -> ItService:
    parts = await opened.enter_async_context(IT.parts(platform))
    here = [replace(part, namespace=None) for part in parts]
    await opened.enter_async_context(serving(client, here))
    return await opened.enter_async_context(IT.open_service(platform))


async def raw_history(client: Client, workflow_id: str) -> bytes:
    request = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    answer = await client.workflow_service.get_workflow_execution_history(request)
    return answer.SerializeToString()


def files(database: Database) -> bytes:
    """The database, its log and its index."""
    file = Path(database.url.database or "")
    return b"".join(each.read_bytes() for each in sorted(file.parent.glob(f"{file.name}*")))


@pytest.mark.parametrize("keys", [(), ("k1",)], ids=["plain", "encrypted"])
async def test_with_the_switch_neither_history_nor_database_tells_project_or_address(
    installed, time_skipping: WorkflowEnvironment, sqlite_database: Database, keys: tuple[str, ...]
):
    place = place_of(OWNER, uuid4().hex)
    run = time_skipping.client.get_workflow_handle(place.session)

    async def is_closed() -> bool:
        return (await run.describe()).status is WorkflowExecutionStatus.COMPLETED

    async with AsyncExitStack() as opened:
        service = await installed(opened, *keys)
        await service.set_project(place, "a", PROJECT)
        await service.jira_metrics(place)
        noted = await service.track_ip(place, "b", ADDRESS, seen=True)
        await time_skipping.sleep(IDLE)
        await until(is_closed, "the idle session's end")
        told = await service.ip_history(place)
        history = await raw_history(time_skipping.client, place.session)

    stored = files(sqlite_database)
    secrets = [PROJECT.encode(), ADDRESS.encode()]
    assert told.addresses == (noted,)
    assert [each in history for each in secrets] == [not keys] * 2
    assert [each in stored for each in secrets] == [not keys] * 2
