"""A row of the table of agent faults: what goes wrong, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from segue.runs.contracts import Budget
from tests.fakes.programs.openai_server.steps import Step
from tests.fakes.workflows.faulty import Scene, ToolKind

ANSWER = "answer"
NOTHING = "nothing"

Place = Literal["alone", "after a tool", "in a sub-agent", "after a handoff"]
EVERYWHERE: tuple[Place, ...] = ("alone", "after a tool", "in a sub-agent", "after a handoff")
ALONE: tuple[Place, ...] = ("alone",)
EVERY_TOOL: tuple[ToolKind, ...] = ("activity", "plugin", "function", "agent", "mcp")
OWN_TOOLS: tuple[ToolKind, ...] = ("activity", "plugin", "function", "mcp")
ACTIVITIES: tuple[ToolKind, ...] = ("activity",)

# Seconds in which a turn ends. They are generous: a busy machine fails no test, a wedge does.
AT_ONCE = 30.0
AFTER_RETRIES = 40.0
LONG_STREAM = 120.0  # tens of thousands of events are work for the processor, not waiting


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row.

    Attributes:
        name: In plain words.
        sees: What the user sees, one clause.
        does: What somebody can do; None: the hint of the error that the turn ends with.
        steps: What the model does before it is well again.
        scene: How the agent is made.
        ends: ``ANSWER``, or the code of the failure.
        told: What the model reads in a tool's output, a code as a rule; empty: nothing of the kind.
        told_by: What it reads of other kinds of tools.
        calls: Of the model that is at fault, in the turn.
        within: Seconds for the turn.
        after: How the next turn ends.
        places: Where in a run it happens.
        tools: Kinds of tools with which.
        ways: Unwatched, watched.
        impatient: Silence of a few seconds counts as no answer.
        attempts: Of each call of a model.
        max_turns: Calls of models in a turn.
        budget: Of the turn.
        deleted: When somebody deletes the conversation.
    """

    name: str
    sees: str
    does: str | None = None
    steps: tuple[Step, ...] = ()
    scene: Scene = "plain"
    ends: str = ANSWER
    told: str = ""
    told_by: Mapping[ToolKind, str] = field(default_factory=dict[ToolKind, str])
    calls: int = 1
    within: float = AT_ONCE
    after: str = ANSWER
    places: tuple[Place, ...] = ALONE
    tools: tuple[ToolKind, ...] = ACTIVITIES
    ways: tuple[bool, ...] = (False, True)
    impatient: bool = False
    attempts: int = 4
    max_turns: int | None = None
    budget: Budget | None = None
    deleted: Literal["", "before", "meanwhile"] = ""
