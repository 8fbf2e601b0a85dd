"""Runs that began under recorded versions go on under this one.

Music is replayed with the plugins of agents as well: a worker has them for all that it serves.
"""

import base64
import re
from importlib import import_module
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import WorkflowReplayResult

import segue
from segue.music.register.worker import MUSIC_WORKFLOWS
from segue.runs.contracts import ModelAnswer
from segue.runs.travelling import unpack
from segue.runs.worker.plugin import agent_plugins
from segue.runtime.worker import build_replayer
from tests.fakes.workflows.agent_runs import AskOnce, PlainRunner
from tests.fakes.workflows.threads import Chat
from tests.replay.changed_workflow import ChangedMusicSyncWorkflow
from tests.replay.stage import HISTORIES, all_scenes, recorded

FILES = sorted(HISTORIES.rglob("*.json"))
SCENES = all_scenes()
PACKED = b"x\xbb"  # how zlib begins where a dictionary was given, and no JSON does
MOST_BYTES = 64_000  # a history is read by every test run for as long as the project lives
OF_A_MACHINE = re.compile(
    r"""(?:["' ]|^)/[a-z]+/|\\\\|stackTrace|@[a-z0-9]|\.py\b|localhost""", re.MULTILINE
)
OF_TESTS = (Chat, AskOnce, PlainRunner)  # agents under the contract, in other ways


def workflows_of_segue() -> list[type]:
    """Every class in ``src`` that a worker can serve as a workflow."""
    source = Path(segue.__file__).parent
    modules = [
        import_module(".".join(("segue", *file.relative_to(source).with_suffix("").parts)))
        for file in sorted(source.rglob("*.py"))
        if "@workflow.defn" in file.read_text(encoding="utf-8")
    ]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and kind.__module__ == module.__name__
        and workflow._Definition.from_class(kind)
    ]


WORKFLOWS = workflows_of_segue()


def name_of(kind: type) -> str:
    return workflow._Definition.must_from_class(kind).name or ""


def history_in(file: Path) -> WorkflowHistory:
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
    """Every payload in a history, decoded; long answers of models are compressed there."""
    return [readable(base64.b64decode(data)) for data in re.findall(r'"data":"([^"]*)"', text)]


def readable(data: bytes) -> str:
    """The text of a payload, without the doubled backslashes of JSON that stands in JSON."""
    if data.startswith(PACKED):
        data = unpack(ModelAnswer, data).model_dump_json().encode()
    return data.decode().replace(r"\\n", " ").replace(r"\\\"", '"')


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
async def test_a_recorded_run_goes_on_under_the_code_of_today(file):
    history = history_in(file)
    kinds = [kind for kind in (*WORKFLOWS, *OF_TESTS) if name_of(kind) == type_in(history)]

    result = await replayed(history, *kinds)

    assert result.replay_failure is None


@pytest.mark.parametrize("kind", WORKFLOWS, ids=name_of)
def test_every_workflow_has_a_scene(kind):
    assert name_of(kind) in {name for scene in SCENES for name in scene.workflows()}


@pytest.mark.parametrize("name", [name for scene in SCENES for name in scene.names])
def test_every_scene_has_its_histories(name):
    assert recorded(name), "`python -m scripts.record_histories` plays it"


def test_music_registers_every_workflow_that_it_has():
    own = {kind for kind in WORKFLOWS if kind.__module__.startswith("segue.music.")}

    assert set(MUSIC_WORKFLOWS) == own


async def test_an_inserted_step_breaks_replay():
    """So the check above can fail."""
    (file,) = HISTORIES.glob("0.1.0/MusicSyncWorkflow.added.json")

    result = await replayed(history_in(file), ChangedMusicSyncWorkflow)

    assert isinstance(result.replay_failure, workflow.NondeterminismError)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_history_is_small_names_its_workflow_and_tells_nothing_of_a_machine(file):
    text = file.read_text(encoding="utf-8")
    told = "\n".join([text, *payloads(text)])

    assert type_in(history_in(file)) == file.name.partition(".")[0]
    assert len(text) < MOST_BYTES
    assert OF_A_MACHINE.findall(told) == []
    assert set(re.findall(r'"identity":"([^"]*)"', text)) <= {"segue"}
