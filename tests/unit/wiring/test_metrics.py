"""What Prometheus is told of the product."""

import time
import uuid
from importlib.metadata import version
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy, StrategyChoice
from segue.music.contracts.tracks import TrackStatus
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import music_store
from segue.music.store.outcomes import Outcome, StartedRun
from segue.runs.store.approvals import ApprovalStore
from segue.runs.workflow.approvals import ApprovalRequest
from segue.runtime.builds import build_id
from segue.settings.load import embedded_settings
from segue.wiring.metrics import Numbers
from segue.wiring.platform import open_platform

SONG = SongMetadata(title="Jolene", artist="Dolly Parton")


def value(text: bytes, name: str, **labels: str) -> float | None:
    """Of one sample; None: there is none."""
    families = text_string_to_metric_families(text.decode())
    found = [sample for family in families for sample in family.samples]
    return next((each.value for each in found if (each.name, each.labels) == (name, labels)), None)


async def test_syncs_reviews_connections_and_the_build_are_told(tmp_path: Path):
    async with open_platform(embedded_settings(tmp_path)) as platform:
        database = await platform.database()
        store = music_store(database, catalogue="local", rules="1", clock=time.time)
        choice = StrategyChoice(strategy=Strategy.PIPELINE, requested=Strategy.AUTO, reason="")
        ends: dict[str, Outcome | None] = {"a": "verified", "b": "incomplete", "c": None}
        for run_id, outcome in ends.items():
            await store.runs.open(run_id, "import", "playlist")
            started = StartedRun(
                run_id=run_id,
                workflow_id=run_id,
                temporal_run_id=run_id,
                choice=choice,
                rows=1,
                dry_run=False,
            )
            await store.outcomes.record_start(started)
            if outcome:
                await store.outcomes.record_end(run_id, outcome)
        doubt = Verdict(decision="review", reason="")
        await store.verdicts.ask({"key": (SONG, doubt)})
        question = ApprovalRequest(id="q", asked_at=time.time() - 60, expires_at=time.time() + 60)
        await ApprovalStore(database).put("w", question)
        numbers = Numbers(platform, database, ())
        before = await numbers.text()
        await store.runs.save_rows("a", {0: doubt})
        after = await numbers.text()

    for outcome in ("verified", "incomplete", "open"):
        labels = {"catalogue": "local", "strategy": "pipeline", "outcome": outcome}
        assert value(after, "segue_syncs", **labels) == 1
    assert value(after, "segue_reviews_waiting", catalogue="local") == 1
    assert value(after, "segue_questions_waiting") == 1
    assert 60 <= (value(after, "segue_questions_oldest_seconds") or 0) < 300
    assert value(after, "segue_database_up") == 1
    assert value(after, "segue_database_connections", state="used") == 0
    build = {"version": version("segue"), "build": build_id()}
    assert value(after, "segue_build_info", **build) == 1
    decided = [
        value(text, "segue_tracks_decided_total", decision="review") or 0.0
        for text in (before, after)
    ]
    assert decided[1] - decided[0] == 1


async def test_songs_of_ended_syncs_are_a_counter(tmp_path: Path):
    async with open_platform(embedded_settings(tmp_path)) as platform:
        database = await platform.database()
        store = music_store(database, catalogue="local", rules="1", clock=time.time)
        for run_id in ("a", "b"):
            await store.runs.open(run_id, "import", "playlist")
            await store.outcomes.count_songs(run_id, {TrackStatus.NOT_FOUND: 2})
        text = await Numbers(platform, database, ()).text()

    assert value(text, "segue_songs_total", catalogue="local", status="not_found") == 4
    assert b"# TYPE segue_songs_total counter" in text


async def test_what_waits_on_a_queue_is_told(temporal_client: Client, tmp_path: Path):
    queue = f"nobody-{uuid.uuid4().hex}"
    for number in range(3):
        await temporal_client.start_workflow("Any", id=f"{queue}-{number}", task_queue=queue)
    async with open_platform(embedded_settings(tmp_path)) as platform:
        numbers = Numbers(platform, await platform.database(), [(temporal_client, queue)])
        text = await numbers.text()

    assert value(text, "segue_queue_backlog", task_queue=queue, kind="workflow") == 3
    assert value(text, "segue_queue_backlog", task_queue=queue, kind="activity") == 0


def test_a_build_is_told_from_another_by_its_code():
    release, _, digest = build_id().partition("+")

    assert release == version("segue")
    assert len(digest) == 10
