"""What the histories of workflows say about how they went."""

import json
from collections.abc import AsyncGenerator, Iterable

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from segue.music.register.worker import MUSIC_WORKFLOWS
from segue.runs.worker.plugin import agent_plugins
from segue.runtime.worker import build_replayer

WORKFLOW = "workflow "
_OVERTAKEN = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
}
_LOCAL = "core_local_activity"  # the marker that the SDK records


def steps_of(histories: Iterable[WorkflowHistory]) -> frozenset[str]:
    """Every type of activity, also of local ones, and ``workflow TYPE`` for every workflow."""
    steps = (_step_of(event) for history in histories for event in history.events)
    return frozenset(step for step in steps if step)


def scheduled(histories: Iterable[WorkflowHistory]) -> set[str]:
    """Types of the activities that workers took from a queue."""
    return {name for history in histories for name in _names_by_event(history).values()}


def interrupted(histories: Iterable[WorkflowHistory]) -> set[str]:
    """Types of those activities of which a try came to no end, or to a bad one."""
    found: set[str] = set()
    for history in histories:
        names = _names_by_event(history)
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
                timed_out = event.activity_task_timed_out_event_attributes
                found.add(names[timed_out.scheduled_event_id])
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                started = event.activity_task_started_event_attributes
                found |= {names[started.scheduled_event_id]} if started.attempt > 1 else set()
    return found


def children_of(history: WorkflowHistory) -> list[str]:
    """Ids of the workflows that it started."""
    return [
        event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED
    ]


def failed_tasks(history: WorkflowHistory) -> list[str]:
    """Why workflow tasks of it failed; a kill costs one its time only.

    By the server's rules, one that was to end its workflow while news came for it is done again,
    and one that was under way when its workflow's parent ended is over with it.
    """
    failures = [
        event.workflow_task_failed_event_attributes
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    return [
        failure.failure.message or WorkflowTaskFailedCause.Name(failure.cause)
        for failure in failures
        if failure.cause not in _OVERTAKEN
    ]


async def replay_music(histories: Iterable[WorkflowHistory]) -> None:
    """Replay them with the code of today, by one worker: making one takes as long as a replay."""

    async def each() -> AsyncGenerator[WorkflowHistory]:
        for history in histories:
            yield history

    await build_replayer(MUSIC_WORKFLOWS, plugins=agent_plugins()).replay_workflows(each())


def _step_of(event: HistoryEvent) -> str | None:
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        started = event.workflow_execution_started_event_attributes
        return f"{WORKFLOW}{started.workflow_type.name}"
    if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        return event.activity_task_scheduled_event_attributes.activity_type.name
    marker = event.marker_recorded_event_attributes
    if marker.marker_name == _LOCAL:
        return json.loads(marker.details["data"].payloads[0].data)["activity_type"]
    return None


def _names_by_event(history: WorkflowHistory) -> dict[int, str]:
    return {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    }
