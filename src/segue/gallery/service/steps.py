"""What a run of a pattern does, step by step, as Temporal records it."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskCompletedEventAttributes,
    ActivityTaskScheduledEventAttributes,
)
from temporalio.client import Client, WorkflowHandle

from segue.gallery.contracts import PatternStep
from segue.runs.contracts import ModelAnswer, ModelCall
from segue.runs.limits import MODELS_QUEUE
from segue.runs.travelling import unpack
from segue.sessions.turns import text_of

LONGEST = 2_000  # characters of a step's text


class _Activity(NamedTuple):
    """An activity of a run.

    Attributes:
        name: Its type; of a model's, the agent that asks.
    """

    name: str
    is_model: bool


async def steps_of(client: Client, handle: WorkflowHandle[Any, Any]) -> AsyncGenerator[PatternStep]:
    """The steps of a run from its beginning on, until it ends.

    Args:
        client: Reads what stands in the history.
        handle: Of the run.

    Yields:
        A step as soon as it is done.
    """
    activities: dict[int, _Activity] = {}
    async for event in handle.fetch_history_events(wait_new_event=True):
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                task = event.activity_task_scheduled_event_attributes
                activities[event.event_id] = await _activity(client, task)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                ending = event.activity_task_completed_event_attributes
                yield await _step(client, activities[ending.scheduled_event_id], ending)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                failure = event.activity_task_failed_event_attributes
                name = activities[failure.scheduled_event_id].name
                text = failure.failure.message[:LONGEST]
                yield PatternStep(kind="failed", name=name, text=text)
            case _:
                pass


async def _activity(client: Client, task: ActivityTaskScheduledEventAttributes) -> _Activity:
    if task.task_queue.name != MODELS_QUEUE:
        return _Activity(task.activity_type.name, is_model=False)
    (call,) = await client.data_converter.decode(task.input.payloads, [ModelCall])
    return _Activity(call.agent, is_model=True)


async def _step(
    client: Client, activity: _Activity, ending: ActivityTaskCompletedEventAttributes
) -> PatternStep:
    if not activity.is_model:
        return PatternStep(kind="activity", name=activity.name)
    (data,) = await client.data_converter.decode(ending.result.payloads, [ModelAnswer])
    answer = unpack(ModelAnswer, data)  # a long one is stored as bytes
    text = "\n".join(filter(None, (text_of(item) for item in answer.items)))[:LONGEST]
    return PatternStep(kind="answer", name=activity.name, text=text)
