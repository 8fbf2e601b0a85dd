"""Chats at Temporal: start them, talk to them, ask how they stand."""

import asyncio
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from segue.assistant.contracts import OwnedThread
from segue.assistant.wire.names import (
    DURABLE_AGENT,
    END_CHAT,
    GET_REPLIES,
    GET_STATUS,
    LIST_OF_TOOLS,
    ORCHESTRATOR_QUEUE,
    POST_MESSAGE,
)
from segue.assistant.wire.payloads import (
    AcceptedMessage,
    AgentInput,
    PostedMessage,
    Replies,
    ThreadStatus,
    ToolList,
)
from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.faults import from_failure

ASKED_WITHIN = timedelta(seconds=10)  # a worker that starts just now is worth waiting for
TAKEN_WITHIN_S = 60.0
TOOLS_WITHIN = timedelta(seconds=40)  # a server may be away, and a worker start just now
_AGAIN_S = 0.05

Chat = WorkflowHandle[object, object]

_Answer = TypeVar("_Answer")


class Chats:
    """The workflows of threads; every method raises what ``from_failure`` makes of a refused call.

    Args:
        client: Of the namespace where they run.
        most_characters: Of one message.
    """

    def __init__(self, client: Client, most_characters: int) -> None:
        self._client = client
        self._most = most_characters

    def chat(self, thread: str) -> Chat:
        """The workflow of a thread, whichever run it is in."""
        return self._client.get_workflow_handle(thread)

    async def post(self, thread: OwnedThread, message: PostedMessage) -> AcceptedMessage:
        """Say something: one round trip starts the thread or goes on with it.

        Raises:
            ConversationError: The thread does not take it.
            TemporalUnreachableError: Nobody took it within a minute.
        """
        try:
            async with asyncio.timeout(TAKEN_WITHIN_S):
                while True:
                    try:
                        return await self._post(thread, message)
                    except TemporalUnreachableError:
                        await asyncio.sleep(_AGAIN_S)  # the thread is moving on, or a worker starts
        except TimeoutError:
            raise TemporalUnreachableError(
                f"The thread did not take the message within {TAKEN_WITHIN_S:g} s.",
                hint="Send it again under the same id; see `segue doctor`.",
            ) from None

    async def replies(self, thread: str, message_ids: list[str]) -> Replies:
        """What a thread knows of some messages.

        Raises:
            RunNotFoundError: Temporal knows no such thread, or none any more.
        """
        return await self._query(self.chat(thread), GET_REPLIES, [message_ids], Replies)

    async def status(self, thread: str) -> ThreadStatus | None:
        """How a thread stands; None: no workflow of it runs."""
        if not await self.is_running(thread):
            return None
        return await self._query(self.chat(thread), GET_STATUS, [], ThreadStatus)

    async def is_running(self, thread: str) -> bool:
        """Whether a workflow of the thread runs."""
        return await self._state(thread) is WorkflowExecutionStatus.RUNNING

    async def is_known(self, name: str) -> bool:
        """Whether Temporal has a workflow of this id, of whatever kind, running or not."""
        return await self._state(name) is not None

    async def end(self, thread: str) -> None:
        """Let a thread answer what waits, and then close; one that has closed stays so."""
        try:
            await self.chat(thread).signal(END_CHAT)
        except RPCError as failure:
            if not isinstance(error := from_failure(failure), RunNotFoundError):
                raise error from failure

    async def tools(self) -> ToolList:
        """What the MCP servers offer that the workers use.

        Raises:
            TemporalUnreachableError: No worker said so in time.
        """
        try:
            return await self._client.execute_workflow(
                LIST_OF_TOOLS,
                id=f"assistant-tools-{uuid4().hex}",
                task_queue=ORCHESTRATOR_QUEUE,
                result_type=ToolList,
                execution_timeout=TOOLS_WITHIN,
            )
        except WorkflowFailureError as failure:
            raise TemporalUnreachableError(
                "No worker of the assistant said which tools there are.",
                hint="Start one: `segue worker`; see `segue doctor`.",
            ) from failure
        except RPCError as failure:
            raise from_failure(failure) from failure

    async def _post(self, thread: OwnedThread, message: PostedMessage) -> AcceptedMessage:
        start: WithStartWorkflowOperation[object, str] = WithStartWorkflowOperation(
            DURABLE_AGENT,
            AgentInput(while_busy=thread.while_busy, most_characters=self._most),
            id=thread.id,
            task_queue=ORCHESTRATOR_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            result_type=str,
        )
        try:
            return await self._client.execute_update_with_start_workflow(
                POST_MESSAGE,
                message,
                start_workflow_operation=start,
                result_type=AcceptedMessage,
            )
        except (WorkflowUpdateFailedError, RPCError) as failure:
            raise from_failure(failure) from failure

    async def _state(self, name: str) -> WorkflowExecutionStatus | None:
        try:
            return (await self.chat(name).describe()).status
        except RPCError as failure:
            if isinstance(error := from_failure(failure), RunNotFoundError):
                return None
            raise error from failure

    async def _query(
        self, chat: Chat, name: str, arguments: list[object], answer_type: type[_Answer]
    ) -> _Answer:
        try:
            return await chat.query(
                name, args=arguments, result_type=answer_type, rpc_timeout=ASKED_WITHIN
            )
        except (WorkflowQueryFailedError, RPCError) as failure:
            raise from_failure(failure) from failure
