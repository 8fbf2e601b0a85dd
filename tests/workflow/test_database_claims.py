"""A namespace knows its database, and whoever comes with another one is told at the start."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from segue.errors.settings import OtherDatabaseError
from segue.runtime.client import connect
from segue.runtime.database_claims import adopt, claim, claimed_by
from segue.runtime.embedded import Endpoint
from segue.settings.data import DataSettings
from segue.settings.load import Settings, embedded_settings
from segue.settings.temporal import TemporalSettings
from segue.wiring.database import adopt_database, open_database
from segue.wiring.platform import EMBEDDED_WORKER, FACE, WORKER, Kind, open_platform


@pytest.fixture
async def client(temporal_server: Endpoint) -> Client:
    """Of a namespace of its own, with which no database stands yet."""
    first = await connect(temporal_server.address, {})
    request = RegisterNamespaceRequest(namespace=f"claims-{uuid.uuid4().hex[:8]}")
    request.workflow_execution_retention_period.FromSeconds(86_400)
    await first.workflow_service.register_namespace(request)
    return await connect(temporal_server.address, {}, namespace=request.namespace)


def settings(client: Client, folder: Path) -> Settings:
    """Of a process with a database of its own."""
    address = client.service_client.config.target_host
    return replace(
        embedded_settings(folder),
        data=DataSettings.model_construct(directory=folder, allow_sqlite=True),
        temporal=TemporalSettings.model_construct(address=address, namespace=client.namespace),
        temporal_environment={"TEMPORAL_ADDRESS": address},
    )


async def opened(settings: Settings, kind: Kind) -> None:
    async with open_platform(settings, kind=kind) as platform:
        await platform.client()


async def test_the_first_database_stands_with_the_namespace_until_another_is_adopted(
    client: Client,
):
    assert await claimed_by(client) is None
    assert await claim(client, "one") == "one"
    assert await claim(client, "two") == "one"
    assert await claimed_by(client) == "one"

    await adopt(client, "two")

    assert await claimed_by(client) == "two"


async def test_a_process_with_another_database_is_refused_at_its_start(
    client: Client, tmp_path: Path
):
    ours, other = (settings(client, tmp_path / name) for name in ("ours", "other"))
    await opened(other, FACE)  # before any worker was there, nothing stands
    await opened(ours, WORKER)

    for kind in (WORKER, FACE):
        with pytest.raises(OtherDatabaseError, match="have their rows in the database"):
            await opened(other, kind)
    await opened(ours, FACE)


async def test_after_a_move_the_new_database_is_adopted(client: Client, tmp_path: Path):
    old, new = (settings(client, tmp_path / name) for name in ("old", "new"))
    await opened(old, WORKER)

    await adopt_database(new)

    await opened(new, WORKER)
    with pytest.raises(OtherDatabaseError):
        await opened(old, WORKER)


async def test_the_worker_of_an_embedded_server_takes_the_database_that_is_configured(
    client: Client, tmp_path: Path
):
    await opened(settings(client, tmp_path / "old"), WORKER)
    new = settings(client, tmp_path / "new")

    await opened(new, EMBEDDED_WORKER)

    async with open_database(new) as database:
        assert await claimed_by(client) == await database.identity()
