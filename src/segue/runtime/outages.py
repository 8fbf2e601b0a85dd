"""Activities outlast outages: what a run needs is away, and the run waits for it, however long.

Retry policies have an end, because most faults are not healed by time. An outage of the database or
of the catalogue is: when the tries of a patient policy are used up in one, the workflow waits on a
durable timer, which costs no worker anything, and asks anew. A policy with fewer tries than
``REPEATABLE`` is for somebody who wants to be told, and has its end as before.
"""

import asyncio
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from segue.errors.catalogue import RateLimitedError
from segue.runtime.faults import from_failure
from segue.runtime.retries import REPEATABLE

# From one set of tries, of eight minutes and one event of history each, to the next.
PAUSE = timedelta(seconds=30)
_PATCH = "outlast-outages"


class OutageWaiting(Interceptor):
    """Worker interceptor: activities with a patient retry policy do not fail by an outage."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[WorkflowInboundInterceptor]:
        """The workflow side: it looks at outgoing calls only."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        following = super().start_activity
        return _outlasting(lambda: following(input), input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        following = super().start_local_activity
        return _outlasting(lambda: following(input), input)


def _outlasting(
    start: Callable[[], ActivityHandle[Any]], call: StartActivityInput | StartLocalActivityInput
) -> ActivityHandle[Any]:
    policy = call.retry_policy
    if policy is None or policy.maximum_attempts < REPEATABLE.maximum_attempts:
        return start()
    return cast("ActivityHandle[Any]", _OutlastingHandle(start))


class _OutlastingHandle:
    """An activity's handle that starts the activity once more after an outage.

    It is awaited in place, and not by a task of its own: that would put what follows an activity
    later into the order of events, where recorded histories do not have it.
    """

    def __init__(self, start: Callable[[], ActivityHandle[Any]]) -> None:
        self._start = start
        self._handle = start()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._result().__await__()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a handle has
        return getattr(self._handle, name)

    async def _result(self) -> Any:  # noqa: ANN401 - the activity's own
        while True:
            try:
                return await self._handle
            except (ActivityError, ApplicationError) as failure:  # the second of a local activity
                wait = _wait_for(failure)
                if wait is None or _is_cancelled() or not workflow.patched(_PATCH):
                    raise
            await workflow.sleep(wait)
            self._handle = self._start()


def _wait_for(failure: ActivityError | ApplicationError) -> timedelta | None:
    """How long to wait for the end of the outage by which an activity failed; None: it was none."""
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    if not isinstance(cause, ApplicationError) or cause.non_retryable:
        return None
    error = from_failure(cause)
    if not error.is_outage:
        return None
    return max(PAUSE, error.retry_after) if isinstance(error, RateLimitedError) else PAUSE


def _is_cancelled() -> bool:
    """Whether somebody has asked the task at hand to end: it waits for nothing then."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
