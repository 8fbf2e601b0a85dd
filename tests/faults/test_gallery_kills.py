"""The worker gets SIGKILL while every pattern of the gallery waits for a model; another goes on.

One server and two processes for all patterns: each is in the middle of its first call of a model
when the worker dies.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from segue.gallery.catalogue import ROWS
from segue.gallery.service.gallery import workflow_type
from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.processes import RestartPolicy, Supervisor
from segue.storage.database import Database
from tests.fakes.programs.gallery_worker import (
    ANSWERING,
    HOLDING,
    gallery_worker,
    held_workflows,
)
from tests.fakes.waiting import is_alive, until

pytestmark = pytest.mark.timeout(240)

WITHIN_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Endpoint]:
    """A server for the sweep alone: what the killed worker was given is missed for a while."""
    folder = tmp_path_factory.mktemp("temporal-of-the-gallery")
    async with EmbeddedTemporal(folder) as temporal, Supervisor([temporal.child()]):
        yield Endpoint(address=temporal.address, ui_url=temporal.ui_url)


async def test_every_pattern_ends_as_ever_when_its_worker_is_killed_in_the_middle(
    temporal_server: Endpoint, sqlite_database: Database, tmp_path: Path
):
    client = await connect(temporal_server.address, {})
    async with Supervisor(policy=RestartPolicy(crashes=0)) as supervisor:
        await supervisor.start(gallery_worker(HOLDING, temporal_server, sqlite_database, tmp_path))
        runs = {
            row.slug: await client.start_workflow(
                workflow_type(row.pattern().workflow),
                args=row.pattern().samples[0].arguments,
                id=row.slug,
                task_queue=row.queue,
            )
            for row in ROWS
        }
        # A child is named after its parent, which has no model of its own to wait for.
        await until(
            lambda: runs.keys() <= {id_.partition("/")[0] for id_ in held_workflows(tmp_path)},
            "all wait",
            within_s=WITHIN_S,
        )
        pid = supervisor.pid(HOLDING)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not is_alive(pid), "the end of the worker")

        await supervisor.start(
            gallery_worker(ANSWERING, temporal_server, sqlite_database, tmp_path)
        )
        async with asyncio.timeout(WITHIN_S):
            results = {slug: await run.result() for slug, run in runs.items()}

    lacks = {row.slug: row.pattern().samples[0].lacks(results[row.slug]) for row in ROWS}
    assert {slug: words for slug, words in lacks.items() if words} == {}
