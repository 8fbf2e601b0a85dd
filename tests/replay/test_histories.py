"""Runs that began under recorded versions go on under this one.

``python -m scripts.record_histories`` and ``python -m scripts.record_agent_histories`` record what
is missing. Music is replayed with the plugins of agents as well: a worker has them for all that it
serves.
"""

import base64
import re
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import WorkflowReplayResult

from segue.music.register.worker import MUSIC_WORKFLOWS
from segue.runs.worker.plugin import agent_plugins
from segue.runtime.payloads.collection import PayloadCollectionWorkflow
from segue.runtime.worker import build_replayer
from tests.fakes.agent_workflows import AskOnce, PlainRunner
from tests.fakes.thread_workflows import Chat
from tests.replay.changed_workflow import ChangedMusicSyncWorkflow

FOLDER = Path(__file__).parent / "histories"
FILES = sorted(FOLDER.rglob("*.json"))
MOST_BYTES = 64_000  # a history is read by every test run for as long as the project lives
OF_A_MACHINE = re.compile(
    r"""(?:["' ]|^)/[a-z]+/|\\\\|stackTrace|@[a-z0-9]|\.py\b|localhost""", re.MULTILINE
)
REGISTERED = (*MUSIC_WORKFLOWS, PayloadCollectionWorkflow)
OF_TESTS = (Chat, AskOnce, PlainRunner)  # agents under the contract; no product has some yet
WAYS_OF_A_CHAT = [
    "two-turns",
    "tools",
    "approvals",
    "asked-across-runs-2",
    "renewed-between-turns-2",
    "renewed-in-a-turn-2",
    "out-of-budget",
    "tried-again",
    "no-answer",
]
WAYS = ["append", "lost-answer", "mirror-confirmed", "paused", "cancelled"]


def name_of(kind: type) -> str:
    return workflow._Definition.must_from_class(kind).name or ""


def recorded(file: Path) -> WorkflowHistory:
    text = file.read_text(encoding="utf-8")
    began = (
        WorkflowHistory.from_json("", text).events[0].workflow_execution_started_event_attributes
    )
    return WorkflowHistory.from_json(began.workflow_id, text)  # keys of effects are made from it


def type_in(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


async def replayed(history: WorkflowHistory, *workflows: type) -> WorkflowReplayResult:
    replayer = build_replayer(workflows, plugins=agent_plugins())
    return await replayer.replay_workflow(history, raise_on_replay_failure=False)


def payloads(text: str) -> list[str]:
    """Every payload in a history, decoded."""
    return [base64.b64decode(data).decode() for data in re.findall(r'"data":"([^"]*)"', text)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
async def test_a_recorded_run_goes_on_under_the_code_of_today(file):
    result = await replayed(recorded(file), *REGISTERED, *OF_TESTS)

    assert result.replay_failure is None


@pytest.mark.parametrize("kind", REGISTERED, ids=name_of)
def test_every_registered_workflow_has_a_history(kind):
    assert list(FOLDER.glob(f"*/{name_of(kind)}.*.json"))


@pytest.mark.parametrize("case", WAYS_OF_A_CHAT)
def test_every_way_of_a_chat_has_a_history(case):
    assert list(FOLDER.glob(f"*/Chat.{case}*.json"))


@pytest.mark.parametrize("case", [*WAYS, "continued-1", "continued-2"])
def test_every_way_of_a_playlist_sync_has_a_history(case):
    assert list(FOLDER.glob(f"*/PlaylistSyncWorkflow.{case}.json"))


async def test_an_inserted_step_breaks_replay():
    """So the check above can fail."""
    (file,) = FOLDER.glob("0.1.0/MusicSyncWorkflow.added.json")

    result = await replayed(recorded(file), ChangedMusicSyncWorkflow)

    assert isinstance(result.replay_failure, workflow.NondeterminismError)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_history_is_small_names_its_workflow_and_tells_nothing_of_a_machine(file):
    text = file.read_text(encoding="utf-8")
    told = "\n".join([text, *payloads(text)])

    assert type_in(recorded(file)) == file.name.partition(".")[0]
    assert len(text) < MOST_BYTES
    assert OF_A_MACHINE.findall(told) == []
    assert set(re.findall(r'"identity":"([^"]*)"', text)) <= {"segue"}
