"""Tools that need approval: the questions they raise, and how a run goes on after the answers."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from agents import RunResult, RunState, ToolApprovalItem
from agents.exceptions import AgentsException

from segue.errors.run import TurnInterruptedError
from segue.runs.workflow.approvals import (
    NOBODY,
    ApprovalDesk,
    ApprovalPolicy,
    ApprovalRequest,
    Decision,
)
from segue.runs.workflow.execution import Execution
from segue.runs.workflow.stopping import unless
from segue.runtime.gathering import gather_whole

FIXED_ARGUMENTS = "The provider calls this tool as the model wrote it: arguments cannot be changed."


class SuspendedError(AgentsException):
    """The history is long while a person is awaited: go on waiting in a new run. Not a failure."""

    def __init__(self, state: RunState[Any], agent: str) -> None:
        super().__init__("waiting for a decision")
        self.state = state
        self.agent = agent


class Interruptions:
    """The questions of one run."""

    def __init__(
        self,
        execution: Execution,
        desk: ApprovalDesk | None,
        policy: ApprovalPolicy,
        *,
        renewal_due: Callable[[], bool],
    ) -> None:
        self._execution = execution
        self._desk = desk
        self._policy = policy
        self._renewal_due = renewal_due
        self.taken: dict[str, Decision] = {}
        self.asked: dict[str, ApprovalRequest] = {}

    def restore(self, questions: Sequence[ApprovalRequest], decisions: Sequence[Decision]) -> None:
        """Take over the questions of the workflow's run before."""
        self.asked = {request.id: request for request in questions}
        self.taken = {decision.request_id: decision for decision in decisions}

    async def decide(self, result: RunResult) -> RunState[Any]:
        """Answer every question of an interrupted run; gives its state to go on from.

        Raises:
            SuspendedError: A renewal is due before all are.
        """
        return await self.decided_for(result.to_state(), result.last_agent.name)

    async def decided_for(self, state: RunState[Any], agent: str) -> RunState[Any]:
        """Answer every question of a state that was carried over from the workflow's run before.

        Raises:
            SuspendedError: A renewal is due before all are.
        """
        items = state.get_interruptions()
        decisions = await self._decisions(items)
        taken_now = [decision for decision in decisions if decision is not None]
        if len(taken_now) < len(items):
            self.taken.update({decision.request_id: decision for decision in taken_now})
            raise SuspendedError(state, agent)
        for item, decision in zip(items, taken_now, strict=True):
            self._apply(state, item, decision)
        return state

    async def more(self, limit: str) -> bool:
        """Whether a run may go on past its budget, which a person is asked."""
        if self._desk is None:
            return False
        execution = self._execution
        request = ApprovalRequest(
            id=f"{execution.operation}/budget/{execution.purse.grants + 1}",
            kind="budget",
            question=f"The budget is used up ({limit}). Go on with as much again?",
            conversation=execution.log.root or execution.log.id,
            turn=execution.turn,
        )
        decision = await self._desk.ask(request, self._policy, stop=lambda: False)
        return decision is not None and decision.approve

    async def _decisions(self, items: Sequence[ToolApprovalItem]) -> list[Decision | None]:
        return await gather_whole(self._decision(item) for item in items)

    async def _decision(self, item: ToolApprovalItem) -> Decision | None:
        request = self._request(item)
        if request.id in self.taken:
            return self.taken[request.id]
        if self._desk is None:
            return Decision(
                request_id=request.id, approve=False, who=NOBODY, reason="No one can be asked."
            )
        question = self.asked.get(request.id, request)
        if not question.conversation:  # the run before this one did not write it into questions
            question = question.model_copy(update={"conversation": request.conversation})
        question = await self._desk.open(question, self._policy)
        self.asked[question.id] = question
        try:
            return await unless(
                self._execution.stop,
                partial(self._desk.ask, question, self._policy, stop=self._renewal_due),
            )
        except TurnInterruptedError as interruption:
            return Decision(
                request_id=request.id, approve=False, who=NOBODY, reason=interruption.message
            )

    def _request(self, item: ToolApprovalItem) -> ApprovalRequest:
        call_id = _call_id(item)
        asked_in = self._execution.calls.get(call_id, self._execution.operation)
        return ApprovalRequest(
            id=f"{asked_in}/{call_id}",
            tool=item.name or "",
            arguments=item.arguments or "",
            question=f"May {item.agent.name} run {item.name}?",
            agent=item.agent.name,
            conversation=self._execution.log.root or self._execution.log.id,
            turn=self._execution.turn,
        )

    def _apply(self, state: RunState[Any], item: ToolApprovalItem, decision: Decision) -> None:
        if decision.approve and decision.arguments is not None and _is_hosted(item):
            decision = decision.model_copy(update={"approve": False, "reason": FIXED_ARGUMENTS})
        if not decision.approve:
            state.reject(item, rejection_message=_denial(decision))
            return
        if decision.arguments is not None:
            self._execution.edits[_call_id(item)] = decision.arguments
        state.approve(item)


def _is_hosted(item: ToolApprovalItem) -> bool:
    """Whether the model's provider makes the call, with the arguments that it has."""
    raw = item.raw_item
    kind = raw.get("type") if isinstance(raw, dict) else raw.type
    return kind == "mcp_approval_request"


def _call_id(item: ToolApprovalItem) -> str:
    raw = item.raw_item
    ids: Sequence[Any] = (
        [raw.get("call_id"), raw.get("id")]
        if isinstance(raw, dict)
        else [getattr(raw, "call_id", None), getattr(raw, "id", None)]
    )
    return str(next((each for each in ids if each), ""))


def _denial(decision: Decision) -> str:
    answer = {"error": {"code": "tool.denied", "message": "A person decided not to run this tool."}}
    if decision.reason:
        answer["error"]["reason"] = decision.reason
    return json.dumps(answer, ensure_ascii=False)
