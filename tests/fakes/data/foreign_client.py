"""A client of the public samples, as a row of a table."""

from dataclasses import dataclass
from typing import Any


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
        approves: A person says yes while it waits.
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
    approves: bool = False
    within_s: float = 20.0
