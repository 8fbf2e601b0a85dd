"""What IT does for its faces: each session is a workflow, opened again with the state it had."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import QueryRejectCondition, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from segue.it.contracts import IpHistory, ItSession, JiraMetrics, ProjectSet, TrackedAddress
from segue.it.store import ItSessionStore, Place, handle_session, place_of
from segue.it.wire.names import (
    IP_HISTORY,
    IT_QUEUE,
    IT_SESSION,
    JIRA_METRICS,
    SET_PROJECT,
    TRACK_IP,
)
from segue.it.wire.payloads import SessionStart, SetProjectRequest, TrackIpRequest
from segue.platform.mcp.callers import Caller
from segue.runtime.faults import from_failure

_TRIES = 3  # a session that closes just when it is talked to is opened again
_CLOSED = "AcceptedUpdateCompletedWorkflow"  # the server's word for it

_Answer = TypeVar("_Answer", bound=BaseModel)


class ItService:
    """Sessions and what they know.

    Args:
        client: Of IT's namespace.
        sessions: Where handles and idle sessions are.
    """

    def __init__(self, client: Client, sessions: ItSessionStore) -> None:
        self._client = client
        self._sessions = sessions

    async def place(self, caller: Caller, handle: str | None) -> Place:
        """Whose state a call is about: its conversation's, its handle's, else its user's.

        Raises:
            SessionNotFoundError: The user has no session with this handle.
            SessionExpiredError: It has expired.
        """
        if caller.thread is not None or handle is None:
            return place_of(caller.user, caller.thread)
        return await self._sessions.find(caller.user, handle)

    async def set_project(self, place: Place, key: str, project: str) -> ProjectSet:
        """Set the Jira project; a repeated key changes nothing more.

        Raises:
            KeyTakenError: The key stands for another call.
            SegueError: What stopped it; the same key may be tried again.
        """
        request = SetProjectRequest(key=key, project=project)
        return await self._update(place, SET_PROJECT, [request], ProjectSet)

    async def track_ip(self, place: Place, key: str, address: str, *, seen: bool) -> TrackedAddress:
        """Note an address with the time; a repeated key notes nothing more.

        Raises:
            KeyTakenError: The key stands for another call.
            SegueError: What stopped it; the same key may be tried again.
        """
        request = TrackIpRequest(key=key, address=address, seen=seen)
        return await self._update(place, TRACK_IP, [request], TrackedAddress)

    async def jira_metrics(self, place: Place) -> JiraMetrics:
        """Issues of the project that is set, counted now.

        Raises:
            NoProjectError: None is set.
            UnknownProjectError: There is no such project.
            SegueError: What else stopped it.
        """
        return await self._update(place, JIRA_METRICS, [], JiraMetrics)

    async def ip_history(self, place: Place) -> IpHistory:
        """The addresses that were tracked; a session that is closed stays closed.

        Raises:
            SegueError: Neither Temporal nor the database answered.
        """
        handle = self._client.get_workflow_handle(place.session)
        try:
            history: IpHistory | None = await handle.query(
                IP_HISTORY, result_type=IpHistory, reject_condition=QueryRejectCondition.NOT_OPEN
            )
        except WorkflowQueryRejectedError:
            history = None
        except WorkflowQueryFailedError as failure:
            raise from_failure(failure) from failure
        except RPCError as failure:
            if failure.status is not RPCStatusCode.NOT_FOUND:
                raise from_failure(failure) from failure
            history = None
        if history is None:
            history = IpHistory(addresses=(await self._sessions.load(place.session)).addresses)
        return history

    async def open(self, user: str) -> ItSession:
        """A new, empty session of a user."""
        return await self._sessions.open(user)

    async def sessions_of(self, user: str) -> list[ItSession]:
        """A user's sessions, newest first."""
        return await self._sessions.sessions_of(user)

    async def close(self, user: str, handle: str) -> None:
        """End a session for good.

        Raises:
            SessionNotFoundError: The user has no session with this handle.
            SegueError: It could not be ended; its state is gone, and another try ends it.
        """
        session = handle_session(user, handle)
        await self._sessions.close(user, handle)
        try:
            await self._client.get_workflow_handle(session).terminate(
                reason="its user closed the session"
            )
        except RPCError as failure:  # it was closed already
            if failure.status is not RPCStatusCode.NOT_FOUND:
                raise from_failure(failure) from failure

    async def _update(
        self, place: Place, update: str, arguments: Sequence[Any], answer: type[_Answer]
    ) -> _Answer:
        for tries_left in reversed(range(_TRIES)):
            start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
                IT_SESSION,
                SessionStart(session=place.session, has_handle=place.has_handle),
                id=place.session,
                task_queue=IT_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            try:
                return await self._client.execute_update_with_start_workflow(
                    update, args=arguments, start_workflow_operation=start, result_type=answer
                )
            except (WorkflowUpdateFailedError, RPCError) as failure:
                if not (tries_left and _has_closed(failure)):
                    raise from_failure(failure) from failure
        raise AssertionError("the last try returns or raises")


def _has_closed(failure: WorkflowUpdateFailedError | RPCError) -> bool:
    """Whether the session closed while it was talked to, and did nothing."""
    if isinstance(failure, RPCError):
        return failure.status is RPCStatusCode.NOT_FOUND
    cause = failure.cause
    return isinstance(cause, ApplicationError) and cause.type == _CLOSED
