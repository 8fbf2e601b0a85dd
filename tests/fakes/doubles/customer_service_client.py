"""The public samples' client of customer service, rebuilt from its description."""

from typing import Any, Self

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import QueryRejectCondition
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError, RPCStatusCode

from segue.gallery import wire
from segue.runtime.embedded import Endpoint


class CustomerServiceClient:
    """A customer's terminal; the conversation's id is the workflow's.

    Attributes:
        lines: What it has printed of the chat.
    """

    def __init__(self, handle: WorkflowHandle[Any, Any]) -> None:
        self._handle = handle
        self.lines: list[str] = []

    @classmethod
    async def open(cls, server: Endpoint, conversation: str) -> Self:
        """Go on with the conversation, or begin it where none is open."""
        client = await Client.connect(server.address, plugins=[OpenAIAgentsPlugin()])
        made = cls(client.get_workflow_handle(conversation))
        try:
            await made.reload()
        except (WorkflowQueryRejectedError, RPCError) as failure:
            if isinstance(failure, RPCError) and failure.status is not RPCStatusCode.NOT_FOUND:
                raise
            await client.start_workflow(
                "CustomerServiceWorkflow", id=conversation, task_queue=wire.AGENTS
            )
        return made

    async def reload(self) -> None:
        """Read all lines anew."""
        self.lines = await self._handle.query(
            "get_chat_history",
            reject_condition=QueryRejectCondition.NOT_OPEN,
            result_type=list[str],
        )

    async def say(self, text: str) -> bool:
        """Whether the message was answered; else the lines are read anew, as it was stale."""
        message = {"user_input": text, "chat_length": len(self.lines)}
        try:
            self.lines += await self._handle.execute_update(
                "process_user_message", message, result_type=list[str]
            )
        except WorkflowUpdateFailedError:
            await self.reload()
            return False
        return True

    async def run_id(self) -> str:
        """Of the workflow's newest run."""
        return (await self._handle.describe()).run_id
