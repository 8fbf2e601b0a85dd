"""Which worker serves what."""

from typing import Any

from segue.runs.limits import MODELS_QUEUE
from segue.runtime.roles import Role
from segue.runtime.worker import WorkerParts
from segue.wiring.worker import parts_for


class Flow:
    """Stands for a workflow."""


async def step() -> None:
    """Stands for an activity."""


PARTS = (
    WorkerParts(task_queue="music", workflows=[Flow], activities=[step]),
    WorkerParts(task_queue=MODELS_QUEUE, activities=[step]),
    WorkerParts(task_queue="maintenance", workflows=[Flow], activities=[step]),
)


def served(role: Role) -> list[tuple[str, str]]:
    """Queue and kind of everything that a worker of this role asks for."""
    asked: list[tuple[str, str]] = []
    for part in parts_for(role, PARTS):
        if part.workflows:
            asked.append((part.task_queue, "workflows"))
        if part.activities and not part.local_only:
            asked.append((part.task_queue, "activities"))
    return asked


def test_a_worker_of_workflows_asks_for_no_activities() -> None:
    assert served(Role.WORKFLOWS) == [("music", "workflows"), ("maintenance", "workflows")]


def test_a_worker_of_workflows_keeps_the_activities_that_run_within_workflow_tasks() -> None:
    assert [part.activities for part in parts_for(Role.WORKFLOWS, PARTS)] == [[step], [step]]


def test_a_worker_of_tools_asks_for_all_activities_but_those_of_models() -> None:
    assert served(Role.TOOLS) == [("music", "activities"), ("maintenance", "activities")]


def test_a_worker_of_models_asks_for_their_queue_alone() -> None:
    assert served(Role.MODELS) == [(MODELS_QUEUE, "activities")]


def test_three_workers_of_one_role_each_serve_what_one_of_all_serves() -> None:
    shared: list[Any] = [*served(Role.WORKFLOWS), *served(Role.MODELS), *served(Role.TOOLS)]

    assert sorted(shared) == sorted(served(Role.ALL))
