"""A run in the middle, as it travels through continue-as-new."""

from pydantic import BaseModel, Field

from segue.runs.contracts import Handed, Invoked, Log, PlainTool, PromptPart, Span, Spent
from segue.runs.workflow.approvals import ApprovalRequest, Decision


class ThreadPlace(BaseModel):
    """Where a thread stands between two turns.

    Attributes:
        turn: Number of its last turn; None: not known, and asked for.
        compact_upto: Turns up to this one should be summarised before the next; None: not needed.
        is_crowded: The model could not read them all: if no summary comes about, they are left out.
    """

    turn: int | None = None
    compact_upto: int | None = None
    is_crowded: bool = False


class TurnState(BaseModel, frozen=True):
    """A run in the middle, as it goes into the next run of its workflow.

    Attributes:
        operation: Prefix of all its keys, as before.
        step: How many of them are used.
        agent: Who has the conversation.
        prompt: What the model is asked next.
        transcript: The turn so far.
        turns_left: Calls of models until it ends without an answer.
        suspended: Sequence number of the SDK's own state, when a decision is waited for.
        asked: The questions that are open, with their deadlines.
        decided: The answers that are there while others are waited for.
        known: Where items are stored, by their digests.
        calls, edits: By tool call: who asked for it, and what a person made of its arguments.
        stand_in: What the SDK's own state says in place of everything before this turn.
        used_tools: Agents that have used a tool: a forced tool choice is not forced again.
        tools: The tools that were called.
        shortened: Sequence numbers of texts that only the store holds whole.
        degraded_to: The model that a used-up budget left.
    """

    log: Log
    operation: str
    step: int
    turn: str | None = None
    agent: str = ""
    prompt: tuple[PromptPart, ...] = ()
    transcript: tuple[PromptPart, ...] = ()
    turns_left: int = 0
    suspended: int | None = None
    asked: tuple[ApprovalRequest, ...] = ()
    decided: tuple[Decision, ...] = ()
    spent: Spent = Spent()
    models: tuple[str, ...] = ()
    handoffs: tuple[Handed, ...] = ()
    plain_tools: tuple[PlainTool, ...] = ()
    invoked: tuple[Invoked, ...] = ()
    offline: bool = False
    seconds: float = 0.0
    grants: int = 0
    degraded_to: str | None = None
    known: dict[str, list[Span]] = Field(default_factory=dict)
    calls: dict[str, str] = Field(default_factory=dict)
    edits: dict[str, str] = Field(default_factory=dict)
    stand_in: str = ""
    used_tools: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    shortened: tuple[int, ...] = ()
