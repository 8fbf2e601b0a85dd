"""Questions to people: what a run waits for, who decided, and what silence means."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field
from temporalio import workflow

from segue.errors.input import InputError
from segue.errors.run import ApprovalNotFoundError, ArgumentsChangedError, NotAskedError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.limits import RECORD
from segue.runs.questions import Question
from segue.runtime.gathering import ENDS_WHOLE

RECORD_DECISION = "segue-record-decision"
ANNOUNCE_REQUEST = "segue-announce-request"
PENDING = "pending_approvals"
DECIDE = "decide"
NOBODY = "nobody"
LONGEST_REASON = 2_000


Outcome = Literal["approved", "denied", "expired", "escalated", "withdrawn"]


class ApprovalRequest(Question, frozen=True):
    """A question as the workflow that asks holds it.

    Attributes:
        conversation: The question is deleted with this one; empty: an older run asked.
    """

    conversation: str = ""


class Decision(BaseModel, frozen=True):
    """A person's answer, or what silence became.

    Attributes:
        request_id: Of the request.
        approve: Yes or no.
        who: The person, as the caller has established it.
        reason: In their words; the model is told it with a no.
        arguments: JSON text to be used instead of the model's; None: as they are.
        arguments_sha256: Of the arguments that the person saw; None: unknown.
    """

    request_id: str
    approve: bool
    who: str = Field(min_length=1, max_length=200)
    reason: str = Field(default="", max_length=LONGEST_REASON)
    arguments: str | None = None
    arguments_sha256: str | None = None


class ApprovalPolicy(BaseModel, frozen=True):
    """What silence means.

    Attributes:
        wait_seconds: How long the first one asked may take, > 0.
        on_timeout: No, or ask somebody else once.
        escalate_to: Who that is.
        escalation_seconds: How long they may take, > 0; then it is a no.
    """

    wait_seconds: float = Field(default=86_400.0, gt=0)
    on_timeout: Literal["deny", "escalate"] = "deny"
    escalate_to: str = ""
    escalation_seconds: float = Field(default=86_400.0, gt=0)


class RecordedDecision(BaseModel, frozen=True):
    """A line for the audit log."""

    workflow_id: str
    request: ApprovalRequest
    decision: Decision
    outcome: Outcome


class ApprovalDesk:
    """What one workflow waits for. Make it in ``__init__``, so that no decision comes too early."""

    def __init__(self) -> None:
        self._pending: dict[str, ApprovalRequest] = {}
        self._deciding: set[str] = set()  # accepted, and being written down
        self._decided: dict[str, Decision] = {}
        self._closed = False
        self._unwatched = 0
        workflow.set_query_handler(PENDING, self.pending)
        workflow.set_update_handler(DECIDE, self.decide, validator=self._check)

    def pending(self) -> list[ApprovalRequest]:
        """Everything that waits, oldest first."""
        return list(self._pending.values())

    async def decide(self, decision: Decision) -> ApprovalRequest:
        """Take a decision; it is in the audit log when this returns.

        Raises:
            ApprovalNotFoundError: Nothing with this id waits.
            ArgumentsChangedError: Other arguments wait than those that were seen.
            InputError: Arguments came with a no.
            NotAskedError: Somebody else is asked now.
        """
        request = self._pending.pop(decision.request_id)
        self._deciding.add(request.id)
        try:
            await _record(request, decision, "approved" if decision.approve else "denied")
        finally:
            self._deciding.remove(request.id)
        self._decided[request.id] = decision
        return request

    async def open(self, request: ApprovalRequest, policy: ApprovalPolicy) -> ApprovalRequest:
        """``request`` with its deadline, after it was listed and those who watch were told of it.

        One that has a deadline was opened before, and stays as it is.
        """
        return await self._open(request, policy.wait_seconds)

    async def ask(
        self, request: ApprovalRequest, policy: ApprovalPolicy, *, stop: Callable[[], bool]
    ) -> Decision | None:
        """Wait for a decision on ``request``.

        Args:
            request: Asked again after a renewal, its deadline stays.
            policy: What silence means.
            stop: Stop waiting when it holds; the question stays open.

        Returns:
            The decision, of a person or of silence. None: ``stop`` held first.
        """
        question = await self.open(request, policy)
        try:
            while not await self._waited(question, stop):
                following = await self._expire(question, policy)
                if isinstance(following, Decision):
                    return following
                question = following
        except asyncio.CancelledError:
            await self._withdraw(question)
            raise
        return await self._take(question)

    async def _open(self, request: ApprovalRequest, seconds: float) -> ApprovalRequest:
        if request.expires_at:
            return request
        now = workflow.time()
        question = request.model_copy(
            update={"asked_at": request.asked_at or now, "expires_at": now + seconds}
        )
        if question.turn is not None or self._lists_unwatched():
            await _store(ANNOUNCE_REQUEST, question)
        return question

    def _lists_unwatched(self) -> bool:
        """Whether a question that nobody watches is listed: not where it was asked before that."""
        # Numbered, as one name has one answer in a run: what a run that asked before there was a
        # list asks from now on is listed.
        self._unwatched += 1
        return workflow.patched(f"list-question-{self._unwatched}")

    async def _withdraw(self, question: ApprovalRequest) -> None:
        if self._pending.pop(question.id, None) is None:
            if question.id in self._deciding and workflow.patched(ENDS_WHOLE):
                await workflow.wait_condition(lambda: question.id not in self._deciding)
            return
        if not workflow.patched("withdraw-question"):
            return
        reason = "The run was cancelled."
        no = Decision(request_id=question.id, approve=False, who=NOBODY, reason=reason)
        await _record(question, no, "withdrawn")

    async def _take(self, question: ApprovalRequest) -> Decision | None:
        if (
            question.id in self._pending
        ):  # the workflow moves on: what comes now is for its next run
            del self._pending[question.id]
            self._closed = True
            return None
        # A decision may be on its way into the audit log: what was accepted is never lost.
        await workflow.wait_condition(lambda: question.id in self._decided)
        return self._decided.pop(question.id)

    async def _waited(self, question: ApprovalRequest, stop: Callable[[], bool]) -> bool:
        """Whether it was decided, or ``stop`` held, before the deadline."""
        self._pending[question.id] = question
        remaining = max(question.expires_at - workflow.time(), 0.0)
        try:
            await workflow.wait_condition(
                lambda: question.id in self._decided or stop(), timeout=timedelta(seconds=remaining)
            )
        except TimeoutError:
            return question.id not in self._pending  # accepted in time, and being written down
        return True

    async def _expire(
        self, request: ApprovalRequest, policy: ApprovalPolicy
    ) -> Decision | ApprovalRequest:
        self._pending.pop(request.id, None)
        no = Decision(
            request_id=request.id, approve=False, who=NOBODY, reason="Nobody decided in time."
        )
        if policy.on_timeout == "escalate" and request.asked_of != policy.escalate_to:
            await _record(request, no, "escalated")
            further = request.model_copy(update={"asked_of": policy.escalate_to, "expires_at": 0.0})
            return await self._open(further, policy.escalation_seconds)
        await _record(request, no, "expired")
        return no

    def _check(self, decision: Decision) -> None:
        if decision.request_id not in self._pending and self._closed:
            raise TemporalUnreachableError("The workflow is moving on to a new run; ask again.")
        request = self._pending.get(decision.request_id)
        if request is None:
            raise ApprovalNotFoundError(f"Nothing waits under {decision.request_id!r}.")
        if request.asked_of not in ("", decision.who):
            raise NotAskedError(f"{request.asked_of!r} is asked now; {decision.who!r} decided.")
        if decision.arguments_sha256 not in (None, request.arguments_sha256):
            raise ArgumentsChangedError(
                f"{decision.request_id!r} waits with arguments of digest "
                f"{request.arguments_sha256}; the decision is about {decision.arguments_sha256}."
            )
        if decision.arguments is not None and not decision.approve:
            raise InputError("Changed arguments were given with a no; give them with a yes.")


async def _record(
    request: ApprovalRequest,
    decision: Decision,
    outcome: Outcome,
) -> None:
    record = RecordedDecision(
        workflow_id=workflow.info().workflow_id,
        request=request,
        decision=decision,
        outcome=outcome,
    )
    await _store(RECORD_DECISION, record)


async def _store(name: str, argument: BaseModel) -> None:
    await workflow.execute_local_activity(
        name,
        argument,
        start_to_close_timeout=RECORD.start_to_close,
        schedule_to_close_timeout=RECORD.schedule_to_close,
        retry_policy=RECORD.retry(),
    )
