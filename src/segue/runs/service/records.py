"""What a person does with what agents leave behind: the one place that every face calls."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from segue.errors.input import InputError
from segue.errors.run import ApprovalNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.service.client import decide
from segue.runs.service.stored_records import KeptRecords, RecordStores
from segue.runs.service.views import CollectedPayloads, PendingApproval, PendingApprovals
from segue.runs.workflow.approvals import PENDING, ApprovalRequest, Decision
from segue.runtime.client import has_worker
from segue.runtime.faults import from_failure
from segue.runtime.payloads.collecting import Collected
from segue.runtime.payloads.collection import (
    COLLECTION_ID,
    MAINTENANCE_QUEUE,
    PayloadCollectionWorkflow,
)
from segue.runtime.payloads.collection_activities import CollectionRequest

RUNNING = "ExecutionStatus = 'Running'"
COLLECTING = f"WorkflowType = 'PayloadCollection' AND {RUNNING}"
ASKED_AT_ONCE = 10  # a query may have its worker replay the whole run
_LOOK_EVERY_S = 0.2
_COLLECTION_AT_MOST = timedelta(days=1)  # as the schedule's
_NO_SUCH_QUERY = "expected but not found"  # of the Python SDK, which gives it no type


@dataclass(frozen=True)
class Patience:
    """How long a person is kept waiting for workers.

    Attributes:
        answer: Of one workflow; a worker that starts just now is worth waiting for.
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

    async def approvals(self) -> PendingApprovals:
        """What all running workflows of the namespace wait for, the oldest question first.

        There is no list of them anywhere but in the workflows themselves, so each running one is
        asked: ten at a time, each for at most 10 s, all for at most a minute. Those that know no
        such question are passed over; those that do not answer are named.
        """
        running = await self._running(RUNNING)
        gate = asyncio.Semaphore(ASKED_AT_ONCE)
        asking = {
            workflow_id: asyncio.create_task(self._pending(workflow_id, gate))
            for workflow_id in running
        }
        try:
            if asking:
                await asyncio.wait(asking.values(), timeout=self._patience.answers.total_seconds())
        finally:
            for task in asking.values():
                task.cancel()
            await asyncio.gather(*asking.values(), return_exceptions=True)
        found, unanswered = list[PendingApproval](), list[str]()
        for workflow_id, task in asking.items():
            answer = None if task.cancelled() else task.result()
            if answer is None:
                unanswered.append(workflow_id)
            else:
                found += answer
        found.sort(key=lambda approval: (approval.asked_at, approval.id))
        return PendingApprovals(approvals=tuple(found), unanswered=tuple(unanswered))

    async def decide(
        self,
        request_id: str,
        *,
        approve: bool,
        who: str,
        reason: str = "",
        arguments: str | None = None,
        workflow_id: str | None = None,
    ) -> PendingApproval:
        """Take a decision on something that waits; it is in the audit log when this returns.

        Args:
            request_id: Of the request.
            approve: Yes or no.
            who: The person, as the caller has established it.
            reason: In their words; the model is told it with a no.
            arguments: JSON object to be used instead of the model's; None: as they are.
            workflow_id: Where it waits; None: looked for in all running workflows.

        Raises:
            ApprovalNotFoundError: Nothing with this id waits.
            InputError: The decision cannot be taken so.
        """
        made = _decision(request_id, approve=approve, who=who, reason=reason, arguments=arguments)
        where = workflow_id or await self._where(request_id)
        request = await decide(self._handle(where), made)
        return _approval(where, request)

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
            collected = await handle.result()
        except (WorkflowFailureError, RPCError) as failed:
            raise from_failure(failed) from failed
        return CollectedPayloads(**collected.model_dump(), joined=bool(under_way))

    async def _pending(
        self, workflow_id: str, gate: asyncio.Semaphore
    ) -> list[PendingApproval] | None:
        """What a workflow waits for; None: it did not say."""
        try:
            async with gate:
                requests = await self._handle(workflow_id).query(
                    PENDING, result_type=list[ApprovalRequest], rpc_timeout=self._patience.answer
                )
        except WorkflowQueryFailedError as failed:
            return [] if _NO_SUCH_QUERY in str(failed) else None
        except RPCError:
            return None
        return [_approval(workflow_id, request) for request in requests]

    async def _where(self, request_id: str) -> str:
        pending = await self.approvals()
        found = {each.workflow_id for each in pending.approvals if each.id == request_id}
        if len(found) == 1:
            return found.pop()
        if found:
            raise InputError(
                f"{request_id!r} waits in several workflows: {', '.join(sorted(found))}.",
                hint="Name one with `--workflow`.",
            )
        silent = (
            f" {len(pending.unanswered)} workflows did not answer." if pending.unanswered else ""
        )
        raise ApprovalNotFoundError(f"Nothing waits under {request_id!r}.{silent}")

    async def _running(self, query: str) -> list[str]:
        try:
            # By id, without the run: a workflow may go on as a new run before it is asked.
            return [run.id async for run in self._client.list_workflows(query)]
        except RPCError as failed:
            raise from_failure(failed) from failed

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


def _decision(
    request_id: str, *, approve: bool, who: str, reason: str, arguments: str | None
) -> Decision:
    try:
        if arguments is not None and not isinstance(json.loads(arguments), dict):
            raise InputError("Expected the arguments as a JSON object; another value came.")
        return Decision(
            request_id=request_id, approve=approve, who=who, reason=reason, arguments=arguments
        )
    except json.JSONDecodeError as error:
        raise InputError(f"The arguments are not JSON: {error}.") from None
    except ValidationError as error:
        fields = ", ".join(str(each["loc"][0]) for each in error.errors())
        raise InputError(f"Too short or too long for a decision: {fields}.") from None


def _approval(workflow_id: str, request: ApprovalRequest) -> PendingApproval:
    return PendingApproval(workflow_id=workflow_id, **request.model_dump())
