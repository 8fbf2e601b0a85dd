"""What clients of the public samples send to the gallery, and what they must be told.

They are written from their description: address, queue, id, arguments, and the type that they read
the result as. Ids are fixed, so a client that runs twice takes the same one again.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from segue.gallery import wire


class FinalResult(BaseModel):
    """What clients of the two lifecycle workflows read."""

    number: int


@dataclass(frozen=True, kw_only=True)
class ForeignClient:
    """One run of a client.

    Attributes:
        pattern: The slug of the pattern that answers it.
        workflow: The type that it starts.
        id: Of the workflow.
        queue: Where it looks for a worker.
        arguments: By position; ``{folder}`` stands for a folder that the worker may read.
        reads: The type that it reads the result as.
        answer: Regular expressions, each found in what it prints.
        has_plugin: It has the OpenAI plugin's converter; False: Temporal's own.
        within_s: How long it may take.
    """

    pattern: str
    workflow: str
    id: str
    queue: str
    arguments: tuple[Any, ...]
    reads: Any = str
    answer: tuple[str, ...]
    has_plugin: bool = True
    within_s: float = 20.0


CLIENTS: tuple[ForeignClient, ...] = (
    ForeignClient(
        pattern="hello_world",
        workflow="HelloWorldAgent",
        id="my-workflow-id",
        queue=wire.BASIC,
        arguments=("Tell me about recursion in programming.",),
        answer=("(?i)recursion", r"^[^\n]+\n[^\n]+\n[^\n]+$"),
    ),
    ForeignClient(
        pattern="tools",
        workflow="ToolsWorkflow",
        id="tools-workflow",
        queue=wire.BASIC,
        arguments=("What is the weather in Tokio?",),
        answer=("Tokio", "14-20C"),
    ),
)
