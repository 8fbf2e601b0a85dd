"""What a person does with what agents leave behind: the one place that every face calls."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from segue.errors.input import InputError
from segue.errors.run import ApprovalNotFoundError
from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.service.backlog import ask_workflows
from segue.runs.service.client import decide
from segue.runs.service.stored_records import KeptRecords, RecordStores
from segue.runs.service.views import CollectedPayloads, PendingApproval, PendingApprovals
from segue.runs.store.approvals import EVERY_WORKFLOW, Questions
from segue.runs.workflow.approvals import ApprovalRequest, Decision
from segue.runtime.client import has_worker
from segue.runtime.daily import MAINTENANCE_QUEUE
from segue.runtime.faults import from_failure
from segue.runtime.payloads.collecting import Collected
from segue.runtime.payloads.collection import (
    COLLECTION_ID,
    PayloadCollectionWorkflow,
)
from segue.runtime.payloads.collection_activities import CollectionRequest

RUNNING = "ExecutionStatus = 'Running'"
COLLECTING = f"WorkflowType = 'PayloadCollection' AND {RUNNING}"
MOST_LISTED = 1_000
_LOOK_EVERY_S = 0.2
_COLLECTION_AT_MOST = timedelta(days=1)  # as long as a collection of the schedule may take


@dataclass(frozen=True)
class Patience:
    """How long a person is kept waiting for workers.

    Attributes:
        answer: Of one workflow of the backlog; a worker that starts just now is worth it.
        answers: Of all of them: with no worker at all, nobody waits for each.
        worker: Until one serves the queue of maintenance.
    """

    answer: timedelta = timedelta(seconds=10)
    answers: timedelta = timedelta(minutes=1)
    worker: timedelta = timedelta(seconds=10)


class AgentRecords(KeptRecords):
    """Conversations, approvals, effects, the audit log, usage and payloads.

    Every method that calls Temporal raises what ``from_failure`` makes of a refused call.

    Args:
        stores: Of a migrated database.
        client: Of the namespace where agents run; it need not carry their plugins.
        patience: How long to wait for workers.
    """

    def __init__(
        self, stores: RecordStores, client: Client, *, patience: Patience | None = None
    ) -> None:
        super().__init__(stores)
        self._client = client
        self._patience = patience or Patience()

    async def approvals(
        self, *, limit: int = MOST_LISTED, after: str | None = None, asked_of: str | None = None
    ) -> PendingApprovals:
        """What workflows of the namespace wait for, the oldest question first.

        It is read from the database; no workflow is asked. The exception are those that waited
        before there was a list: calls of the day after an upgrade, and the first one later, ask
        every running workflow, ten at a time, each for at most 10 s, all for at most a minute.
        Those that do not answer are named, and are asked again by the next call.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.
            asked_of: Only what this person may decide; None: everything.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        page = await self._page(limit=limit, after=after, asked_of=asked_of)
        return PendingApprovals(
            approvals=tuple(_approval(each.workflow_id, each.request) for each in page.questions),
            unanswered=_silent(page),
            next=page.next,
        )

    async def decide(  # noqa: PLR0913 - what a decision holds
        self,
        request_id: str,
        *,
        approve: bool,
        who: str,
        reason: str = "",
        arguments: str | None = None,
        arguments_sha256: str | None = None,
        workflow_id: str | None = None,
    ) -> PendingApproval:
        """Take a decision on something that waits; it is in the audit log when this returns.

        Args:
            request_id: Of the request.
            approve: Yes or no.
            who: The person, as the caller has established it.
            reason: In their words; the model is told it with a no.
            arguments: JSON object to be used instead of the model's; None: as they are.
            arguments_sha256: Of the arguments that the person saw; None: unknown.
            workflow_id: Where it waits; None: looked for in the list.

        Raises:
            ApprovalNotFoundError: Nothing with this id waits.
            ArgumentsChangedError: Other arguments wait than those that were seen.
            InputError: The decision cannot be taken so.
            NotAskedError: Somebody else is asked now.
        """
        _check_arguments(arguments)
        decision = _decision(
            request_id=request_id,
            approve=approve,
            who=who,
            reason=reason,
            arguments=arguments,
            arguments_sha256=arguments_sha256,
        )
        where = workflow_id or await self._where(request_id)
        try:
            return _approval(where, await decide(self._handle(where), decision))
        except (ApprovalNotFoundError, RunNotFoundError):
            # What its workflow does not know, or was ended with it, is listed no longer.
            if not await self._stores.approvals.doubt(where, request_id):
                raise
        raise _nothing(request_id)

    async def collect_payloads(self) -> CollectedPayloads:
        """Remove the stored payloads to which nobody refers any more, and wait until it is done.

        One collection runs at a time: where one is under way, of the schedule or of somebody else,
        its end is waited for. Whoever stops waiting does not stop it.

        Raises:
            TemporalUnreachableError: No worker does maintenance.
            StorageError: Not all records can be read with certainty; nothing was removed.
        """
        await self._someone_collects()
        # The schedule puts the time behind the id, so it is not found by that.
        under_way = await self._running(COLLECTING)
        try:
            handle = self._collection(under_way[0]) if under_way else await self._start()
            collection = await handle.result()
        except (WorkflowFailureError, RPCError) as failure:
            raise from_failure(failure) from failure
        return CollectedPayloads(**collection.model_dump(), joined=bool(under_way))

    async def _where(self, request_id: str) -> str:
        page = await self._page(limit=1)
        workflows = await self._stores.approvals.workflows(request_id)
        if len(workflows) == 1:
            return workflows[0]
        if workflows:
            raise InputError(
                f"{request_id!r} waits in several workflows: {', '.join(workflows)}.",
                hint="Name one with `--workflow`.",
            )
        raise _nothing(request_id, silent=len(_silent(page)))

    async def _page(
        self, *, limit: int, after: str | None = None, asked_of: str | None = None
    ) -> Questions:
        """A page of the list, after the backlog was asked, if there is one."""
        approvals = self._stores.approvals
        page = await approvals.page(limit=limit, after=after, asked_of=asked_of)
        if page.backlog:
            await self._catch_up(page.backlog)
            page = await approvals.page(limit=limit, after=after, asked_of=asked_of)
        return page

    async def _catch_up(self, backlog: Sequence[str]) -> None:
        running = await self._running(RUNNING) if EVERY_WORKFLOW in backlog else []
        names = {*backlog, *running} - {EVERY_WORKFLOW}
        patience = self._patience
        answers = await ask_workflows(
            self._client, names, each=patience.answer, together=patience.answers
        )
        await self._stores.approvals.catch_up(answers)

    async def _running(self, query: str) -> list[str]:
        try:
            # By id, without the run: a workflow may go on as a new run before it is asked.
            return [run.id async for run in self._client.list_workflows(query)]
        except RPCError as failure:
            raise from_failure(failure) from failure

    async def _someone_collects(self) -> None:
        try:
            async with asyncio.timeout(self._patience.worker.total_seconds()):
                while True:
                    if await has_worker(self._client, MAINTENANCE_QUEUE):
                        return
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise TemporalUnreachableError(
                f"No worker serves this Temporal's queue `{MAINTENANCE_QUEUE}`.",
                hint="Start one with `segue worker`, then collect again.",
            ) from None

    async def _start(self) -> "WorkflowHandle[PayloadCollectionWorkflow, Collected]":
        return await self._client.start_workflow(
            PayloadCollectionWorkflow.run,
            CollectionRequest(),
            id=COLLECTION_ID,
            task_queue=MAINTENANCE_QUEUE,
            execution_timeout=_COLLECTION_AT_MOST,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    def _collection(
        self, workflow_id: str
    ) -> "WorkflowHandle[PayloadCollectionWorkflow, Collected]":
        return self._client.get_workflow_handle_for(PayloadCollectionWorkflow.run, workflow_id)

    def _handle(self, workflow_id: str) -> "WorkflowHandle[object, object]":
        return self._client.get_workflow_handle(workflow_id)


def _check_arguments(arguments: str | None) -> None:
    try:
        if arguments is not None and not isinstance(json.loads(arguments), dict):
            raise InputError("Expected the arguments as a JSON object; another value came.")
    except json.JSONDecodeError as error:
        raise InputError(f"The arguments are not JSON: {error}.") from None


def _decision(**values: object) -> Decision:
    try:
        return Decision.model_validate(values)
    except ValidationError as error:
        fields = ", ".join(str(each["loc"][0]) for each in error.errors())
        raise InputError(f"Too short or too long for a decision: {fields}.") from None


def _approval(workflow_id: str, request: ApprovalRequest) -> PendingApproval:
    return PendingApproval(workflow_id=workflow_id, **request.model_dump(exclude={"conversation"}))


def _silent(page: Questions) -> tuple[str, ...]:
    return tuple(name for name in page.backlog if name != EVERY_WORKFLOW)


def _nothing(request_id: str, *, silent: int = 0) -> ApprovalNotFoundError:
    more = f" {silent} workflows did not answer." if silent else ""
    return ApprovalNotFoundError(f"Nothing waits under {request_id!r}.{more}")
