"""Workers of one role each, as processes, on somebody's Temporal and Postgres."""

import asyncio
import os
import signal
from collections.abc import Iterable
from dataclasses import replace

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from temporalio.api.enums.v1 import EventType, PendingActivityState

from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackStatus
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.ports import free_ports
from segue.runtime.processes import Supervisor
from segue.runtime.roles import Role
from segue.settings.worker import WorkerSettings
from tests.fakes.programs.worker_processes import (
    WITHIN_S,
    Cluster,
    WorkerProcess,
    cluster_settings,
    end,
    running_cluster,
    spawn,
)
from tests.fakes.waiting import until

pytestmark = pytest.mark.timeout(300)

_ONE_ROLE = (Role.WORKFLOWS, Role.MODELS, Role.TOOLS)
_QUEUED = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
_STARTED = EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED


@pytest.fixture
async def temporal(tmp_path):
    """A server that no worker of another test has asked: it remembers them for minutes."""
    async with EmbeddedTemporal(tmp_path / "temporal") as own, Supervisor([own.child()]) as parent:
        yield own, parent


@pytest.fixture
async def cluster(temporal, postgres_url, tmp_path):
    async with running_cluster(tmp_path, temporal[0].address, postgres_url) as running:
        yield running


async def samples_of(worker: WorkerProcess) -> list[Sample]:
    text = (await worker.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return [sample for family in families for sample in family.samples]


def ended_well(samples: Iterable[Sample]) -> dict[str, float]:
    """How often each agent was invoked with success; every worker tells the database's count."""
    return {
        sample.labels["agent_name"]: sample.value
        for sample in samples
        if sample.name == "openai_agent_invocations_total" and sample.labels["status"] == "success"
    }


async def stands_still(cluster: Cluster, served: Role) -> bool:
    """Whether the one open workflow waits for what this role does not do."""
    async for run in cluster.client.list_workflows("ExecutionStatus = 'Running'"):
        handle = cluster.client.get_workflow_handle(run.id, run_id=run.run_id)
        if served is Role.TOOLS:
            return [event.event_type async for event in handle.fetch_history_events()][1:] == [
                EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
            ]
        pending = (await handle.describe()).raw_description.pending_activities
        return [activity.state for activity in pending] == [_QUEUED]
    return False


async def test_three_workers_of_one_role_each_run_agents_together(cluster: Cluster):
    workers = await asyncio.gather(*(cluster.worker(role) for role in _ONE_ROLE))

    report = await cluster.report(await cluster.sync(Strategy.MULTI_AGENT))

    assert report.verified
    assert report.counts[TrackStatus.ADDED] == 2
    assert report.agents
    assert (report.agents.asked, report.agents.given_back) == (3, 0)
    for worker in workers:
        samples = await samples_of(worker)
        assert {"temporal_num_pollers", "temporal_request_total"} <= {it.name for it in samples}
        assert ended_well(samples) == {"SearchAgent": 3, "MatchingAgent": 3}
        worker.process.terminate()
    assert [await worker.ended() for worker in workers] == [0, 0, 0]


@pytest.mark.parametrize(
    ("first", "second"), [(Role.WORKFLOWS, Role.TOOLS), (Role.TOOLS, Role.WORKFLOWS)]
)
async def test_what_a_missing_role_would_do_waits_until_that_role_starts(
    cluster: Cluster, first: Role, second: Role
):
    """Nothing fails; the work stays queued."""
    await cluster.worker(first)
    starting = asyncio.create_task(cluster.sync())
    await until(lambda: stands_still(cluster, first), "work that nobody takes")
    await cluster.worker(second)
    report = await cluster.report(await starting)

    assert report.verified


async def test_sigterm_lets_a_begun_activity_end_and_the_worker_leaves_with_0(cluster: Cluster):
    await cluster.worker(Role.WORKFLOWS)
    tools = await cluster.worker(Role.TOOLS)
    cluster.slow_searches(4)
    sync = await cluster.sync()
    await cluster.searching()

    tools.process.terminate()
    await until(lambda: is_draining(tools), "a worker that says it drains")
    live, metrics = await tools.get("/livez"), await tools.get("/metrics")
    status = await tools.ended()
    cluster.slow_searches(0)
    await cluster.worker(Role.TOOLS)
    report = await cluster.report(sync)

    assert (live.status_code, metrics.status_code, status) == (200, 200, 0)
    assert report.verified
    history = await cluster.client.get_workflow_handle(sync).fetch_history()
    attempts = [
        event.activity_task_started_event_attributes.attempt
        for event in history.events
        if event.event_type == _STARTED
    ]
    assert set(attempts) == {1}


async def is_draining(worker: WorkerProcess) -> bool:
    answer = await worker.get("/readyz")
    return answer.status_code == 503 and answer.json()["checks"] == {"worker": "draining"}


async def test_a_second_signal_ends_a_draining_worker_at_once(cluster: Cluster):
    await cluster.worker(Role.WORKFLOWS)
    tools = await cluster.worker(Role.TOOLS)
    cluster.slow_searches(60)
    await cluster.sync()
    await cluster.searching()

    tools.process.terminate()
    await until(lambda: is_draining(tools), "a worker that says it drains")
    tools.process.terminate()

    assert await tools.ended() == -signal.SIGTERM


async def test_a_worker_is_not_ready_while_temporal_is_silent(cluster: Cluster, temporal):
    server = temporal[1].pid("temporal")
    worker = await cluster.worker(Role.MODELS)

    os.kill(server, signal.SIGSTOP)
    try:
        silent = await worker.get("/readyz")
        live = await worker.get("/livez")
    finally:
        os.kill(server, signal.SIGCONT)

    assert silent.status_code == 503
    assert silent.json()["checks"]["temporal"] == "failed"
    assert silent.json()["checks"]["database"] == "ok"
    assert live.status_code == 200
    await until(worker.is_ready, "a worker that is ready again")


async def test_a_worker_that_waits_for_temporal_is_live_and_not_ready(postgres_url, tmp_path):
    nowhere, port = free_ports(2)
    settings = replace(
        cluster_settings(
            tmp_path / "data", f"127.0.0.1:{nowhere}", postgres_url, "http://127.0.0.1:9"
        ),
        worker=WorkerSettings.model_construct(probe_port=port),
    )
    process = await spawn(settings, Role.ALL)
    worker = WorkerProcess(process, f"http://127.0.0.1:{port}")
    try:
        await until(lambda: is_live(worker), "a worker that lives", within_s=WITHIN_S)
        ready = await worker.get("/readyz")
        process.terminate()
    finally:
        await end(process)

    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "checks": {"worker": "starting"}}


async def is_live(worker: WorkerProcess) -> bool:
    try:
        return (await worker.get("/livez")).is_success
    except httpx2.RequestError:
        return False
