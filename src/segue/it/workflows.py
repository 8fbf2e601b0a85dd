"""IT's workflow: one session, for as long as somebody talks to it."""

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from segue.errors.it import NoProjectError
    from segue.errors.tools import KeyTakenError
    from segue.it.activities import ItActivities
    from segue.it.contracts import IpHistory, JiraMetrics, ProjectSet, TrackedAddress
    from segue.it.wire.names import (
        IDLE,
        IP_HISTORY,
        IT_SESSION,
        JIRA_METRICS,
        MOST_ADDRESSES,
        MOST_CALLS,
        SET_PROJECT,
        TRACK_IP,
    )
    from segue.it.wire.options import METRICS_CALL, RECORD_CALL
    from segue.it.wire.payloads import (
        CallRecord,
        MetricsRequest,
        SavedSession,
        SessionStart,
        SessionState,
        SetProjectRequest,
        TrackIpRequest,
    )

_Answer = TypeVar("_Answer", bound=BaseModel)


@workflow.defn(name=IT_SESSION)
class ItSessionWorkflow:
    """The state of one conversation, session or user; idle, it closes and is found again."""

    @workflow.init
    def __init__(self, start: SessionStart) -> None:
        """Before the first update."""
        self._start = start
        self._state = start.state
        self._version = 0

    @workflow.run
    async def run(self, start: SessionStart) -> None:
        """Until nobody has talked to it for a while."""
        if self._state is None:
            self._state = await workflow.execute_activity_method(
                ItActivities.load_session, start.session, **RECORD_CALL
            )
        version = None
        while version != self._version or not workflow.all_handlers_finished():
            version = await self._until_idle()
            await workflow.execute_activity_method(
                ItActivities.save_session,
                SavedSession(session=start.session, has_handle=start.has_handle, state=self._state),
                **RECORD_CALL,
            )

    @workflow.update(name=SET_PROJECT)
    async def set_project(self, request: SetProjectRequest) -> ProjectSet:
        """Set the Jira project, once for a key."""
        await self._read_state()

        def change(state: SessionState) -> tuple[SessionState, ProjectSet]:
            answer = ProjectSet(project=request.project)
            return state.model_copy(update={"project": request.project}), answer

        return self._once(request.key, request.project, ProjectSet, change)

    @workflow.update(name=TRACK_IP)
    async def track_ip(self, request: TrackIpRequest) -> TrackedAddress:
        """Note an address with the time, once for a key."""
        await self._read_state()

        def change(state: SessionState) -> tuple[SessionState, TrackedAddress]:
            at = workflow.now().isoformat(timespec="seconds")
            answer = TrackedAddress(address=request.address, at=at, seen=request.seen)
            addresses = (*state.addresses, answer)[-MOST_ADDRESSES:]
            return state.model_copy(update={"addresses": addresses}), answer

        return self._once(request.key, request.address, TrackedAddress, change)

    @workflow.update(name=JIRA_METRICS)
    async def jira_metrics(self) -> JiraMetrics:
        """Count the issues of the project that is set.

        Raises:
            NoProjectError: None is.
        """
        state = await self._read_state()
        self._version += 1
        if state.project is None:
            raise NoProjectError("No Jira project is set.")
        return await workflow.execute_activity_method(
            ItActivities.fetch_metrics, MetricsRequest(project=state.project), **METRICS_CALL
        )

    @workflow.query(name=IP_HISTORY)
    def ip_history(self) -> IpHistory | None:
        """The addresses; None: what is saved is not read yet."""
        return IpHistory(addresses=self._state.addresses) if self._state else None

    async def _until_idle(self) -> int:
        """Return the version at which nobody has talked to it for a while."""
        while True:
            version = self._version
            try:
                await workflow.wait_condition(
                    lambda version=version: self._version != version or self._is_long(),
                    timeout=IDLE,
                )
            except TimeoutError:
                return version
            if self._is_long():
                workflow.continue_as_new(self._start.model_copy(update={"state": self._state}))

    def _is_long(self) -> bool:
        """Whether it should go on as a new run, and can."""
        info = workflow.info()
        return info.is_continue_as_new_suggested() and workflow.all_handlers_finished()

    async def _read_state(self) -> SessionState:
        await workflow.wait_condition(lambda: self._state is not None)
        return self._state or SessionState()

    def _once(
        self,
        key: str,
        arguments: str,
        kind: type[_Answer],
        change: Callable[[SessionState], tuple[SessionState, _Answer]],
    ) -> _Answer:
        """Change the state, or give the answer that a call of this key had.

        Raises:
            KeyTakenError: That was a call with other arguments, or of another tool.
        """
        state = self._state or SessionState()
        self._version += 1
        place = f"{kind.__name__} {arguments}"
        for record in state.calls:
            if record.key == key:
                if record.arguments != place:
                    raise KeyTakenError("The idempotency key stands for another call.")
                return kind.model_validate_json(record.answer)
        state, answer = change(state)
        record = CallRecord(key=key, arguments=place, answer=answer.model_dump_json())
        calls = (*state.calls, record)[-MOST_CALLS:]
        self._state = state.model_copy(update={"calls": calls})
        return answer


IT_WORKFLOWS = (ItSessionWorkflow,)
