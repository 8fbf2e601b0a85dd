"""The public samples' clients of the two streaming workflows, rebuilt from their description."""

from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.common import RawValue
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.openai_agents import OpenAIAgentsPlugin

from segue.gallery import wire
from segue.runtime.embedded import Endpoint


@dataclass
class ItemEvent:
    """What the client of the items reads from its topic."""

    kind: str
    detail: str


@dataclass
class StreamClient:
    """Starts a workflow and reads its stream up to `done`.

    Attributes:
        run: The workflow.
        done: What the last topic said; None: nothing yet.
    """

    client: Client
    run: WorkflowHandle[Any, Any]
    done: bool | None = field(default=None, init=False)

    @classmethod
    async def start(cls, server: Endpoint, workflow: str, argument: object) -> Self:
        """Start a workflow under an id of its own."""
        client = await Client.connect(server.address, plugins=[OpenAIAgentsPlugin()])
        name = "stream-items" if workflow == "StreamItemsWorkflow" else "stream-text"
        run = await client.start_workflow(
            workflow,
            argument,
            id=f"{name}-{uuid4().hex[:8]}",
            task_queue=wire.STREAMING,
            result_type=str,
        )
        return cls(client, run)

    async def read(self, topic: str, kind: Any) -> list[Any]:
        """All of a topic, from the beginning to `done`."""
        stream, found = WorkflowStreamClient.create(self.client, self.run.id), []
        converter = self.client.data_converter.payload_converter
        self.done = None
        async for item in stream.subscribe([topic, "done"], result_type=RawValue):
            if item.topic == "done":
                self.done = converter.from_payload(item.data.payload, bool)
                break
            found.append(converter.from_payload(item.data.payload, kind))
        return found
