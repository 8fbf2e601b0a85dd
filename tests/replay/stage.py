"""What the scenes are made of whose histories every change must replay.

A feature's scenes stand in ``tests/replay/scenes``, as ``SCENES`` of a module with its name;
``python -m scripts.record_histories`` plays those that have no history yet.
"""

import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from segue.runtime.embedded import Endpoint
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare

HISTORIES = Path(__file__).parent / "histories"

Histories = Mapping[str, Sequence[WorkflowHistory]]
"""Runs by the name of their history; several where a run went on as a new one."""


@dataclass(frozen=True)
class Scene:
    """One way in which runs go.

    Attributes:
        names: Of the histories that it gives: the workflow's type, a dot, the case.
        play: Plays it on a server where it was not played before.
        continue_after: Events after which the server suggests to continue as new. Its own number
            gives histories of half a megabyte; None: a run comes to no such length.
    """

    names: tuple[str, ...]
    play: Callable[[Endpoint], Awaitable[Histories]]
    continue_after: int | None = None

    def workflows(self) -> set[str]:
        """Types of workflows whose histories it gives."""
        return {name.partition(".")[0] for name in self.names}


def since(change: str, name: str) -> str:
    """The name of a history that was recorded anew since a change of the code.

    A scene names the older one as well: it is kept, and nobody can record it again.
    """
    kind, _, case = name.partition(".")
    return f"{kind}.{change}-{case}"


def all_scenes() -> list[Scene]:
    """The scenes of every feature."""
    modules = sorted(file.stem for file in (Path(__file__).parent / "scenes").glob("*.py"))
    return [
        scene for name in modules for scene in import_module(f"tests.replay.scenes.{name}").SCENES
    ]


def recorded(name: str, folder: Path = HISTORIES) -> list[Path]:
    """The files of a history, of all versions and runs."""
    return [*folder.glob(f"*/{name}.json"), *folder.glob(f"*/{name}-[0-9]*.json")]


def numbered(name: str, runs: Sequence[WorkflowHistory]) -> Iterator[tuple[str, WorkflowHistory]]:
    """The runs with the names of their files."""
    for number, run in enumerate(runs, start=1):
        yield (name if len(runs) == 1 else f"{name}-{number}"), run


async def all_runs(client: Client, workflow_id: str) -> list[WorkflowHistory]:
    """The histories of every run of a workflow, the first one first."""
    runs: list[WorkflowHistory] = []
    run_id: str | None = (await client.get_workflow_handle(workflow_id).describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        runs.insert(0, history)
        start = history.events[0].workflow_execution_started_event_attributes
        run_id = start.continued_execution_run_id
    return runs


@asynccontextmanager
async def new_database() -> AsyncGenerator[Database]:
    """A migrated database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(database_url(None, Path(folder)))
        await prepare(database)
        try:
            yield database
        finally:
            await database.aclose()
