"""What can go wrong in a run of an agent, and what must come of it: data for the test and the docs.

``test_agent_faults`` plays each row in every place and way that it names; ``scripts.faults_docs``
writes the page that people read.
"""

from dataclasses import replace

from segue.runs.contracts import Budget
from tests.fakes.programs.openai_server.faults import FAULTS
from tests.fakes.programs.openai_server.steps import UseTool, handoff, tool_calls, use_tool
from tests.fakes.workflows.faulty import TOOL, Scene, ToolKind
from tests.faults.agent_fault import (
    ACTIVITIES,
    AFTER_RETRIES,
    EVERY_TOOL,
    NOTHING,
    OWN_TOOLS,
    Fault,
)
from tests.faults.agent_model_faults import MODEL

_SAID_BY_MCP = "Error executing tool"  # an MCP server words its errors itself
# A plugin's tool is taken for one with an effect: an error that nobody knows leaves that open.
_UNKNOWN: dict[ToolKind, str] = {"plugin": "run.effect_unknown", "mcp": _SAID_BY_MCP}
_READS_IT = "the model reads the error and goes on"


def _called(title: str, city: str, told: str, **more: object) -> Fault:
    """A tool that fails when it is asked for this city."""
    row = Fault(
        name=title,
        sees=_READS_IT,
        does=NOTHING,
        steps=(tool_calls([(TOOL, {"city": city})]),),
        told=told,
        calls=2,
        told_by={"mcp": _SAID_BY_MCP},
        within=AFTER_RETRIES,
        tools=OWN_TOOLS,
    )
    return replace(row, **more)  # pyright: ignore[reportArgumentType] - fields of Fault, by name


TOOLS: tuple[Fault, ...] = (
    _called("A tool fails every time it is tried", "Unavailable", "tool.failed"),
    _called(
        "A tool says that trying again is no use",
        "Refused",
        "tool.failed",
    ),
    _called("A tool fails with an error of Segue's", "Missing", "catalogue.not_found"),
    _called(
        "A tool fails in a way that nobody thought of",
        "Broken",
        "tool.failed",
        told_by=_UNKNOWN,
        sees=f"{_READS_IT}; it never reads the error's own text, which may quote a secret",
    ),
    _called(
        "A tool takes too long",
        "Slow",
        "tool.failed",
        sees=f"{_READS_IT}; where an effect may have happened, it reads that too",
        told_by={"plugin": "run.effect_unknown", "function": "timed out"},
        tools=("activity", "plugin", "function"),
    ),
    _called(
        "A tool gives back 5 MB",
        "Huge",
        "",
        told_by={},
        sees="the model reads the beginning, and that it was cut, or that the result was too long",
    ),
    _called(
        "The arguments for a tool are cut off in their middle",
        "",
        "tool.invalid_arguments",
        steps=(FAULTS["truncated tool arguments"],),
        told_by={},
        tools=EVERY_TOOL,
    ),
    _called(
        "The arguments for a tool do not fit it",
        "",
        "tool.invalid_arguments",
        told_by={"mcp": "run.effect_unknown"},
        steps=(tool_calls([(TOOL, {"town": "Rome"})]),),
        tools=EVERY_TOOL,
    ),
    _called(
        "The arguments for a tool are no object",
        "",
        "tool.invalid_arguments",
        steps=(tool_calls([(TOOL, "[1, 2]")]),),
        told_by={},
        tools=EVERY_TOOL,
    ),
    _called(
        "The model calls a tool that does not exist",
        "",
        "no_such_tool",
        steps=(FAULTS["unknown tool"],),
        told_by={},
        tools=EVERY_TOOL,
    ),
    _called(
        "The model hands over to an agent that does not exist",
        "",
        "transfer_to_nobody",
        steps=(handoff("nobody"),),
        tools=ACTIVITIES,
    ),
    _called(
        "One of two tools that run at once fails",
        "",
        "tool.failed",
        told_by=_UNKNOWN,
        sees="the model reads the one result and the one error, and goes on",
        steps=(tool_calls([(TOOL, {"city": "Rome"}), (TOOL, {"city": "Broken"})]),),
    ),
)

_LOOP = use_tool(UseTool(tool=TOOL, arguments='{"city": "Town $n"}', times=99), times=3)
_ONE_CALL = (tool_calls([(TOOL, {"city": "Rome"})]),)
_ASK_AGAIN = "ask again; a new turn has a new count"
_FIX = "correct the agent's code; the message names the kind of error, the worker's log the rest"

LIMITS: tuple[Fault, ...] = (
    Fault(
        name="The model calls tools for ever",
        sees="after the last turn it may have, the run ends",
        does=_ASK_AGAIN,
        steps=(_LOOP,),
        ends="run.too_many_turns",
        calls=3,
        max_turns=3,
        tools=EVERY_TOOL,
    ),
    Fault(
        name="The budget of model calls is used up",
        sees="the next call is not made, and the run ends",
        steps=_ONE_CALL,
        ends="run.budget_exceeded",
        budget=Budget(turns=1),
        tools=("activity", "plugin", "function", "mcp"),
    ),
    Fault(
        name="The budget is used up within a sub-agent",
        sees="the same: it is one budget for all",
        steps=_ONE_CALL,
        ends="run.budget_exceeded",
        budget=Budget(turns=1),
        tools=("agent",),
    ),
    Fault(
        name="The budget of tokens is used up",
        sees="the next call is not made, and the run ends",
        steps=_ONE_CALL,
        ends="run.budget_exceeded",
        budget=Budget(tokens=1),
    ),
    Fault(
        name="The budget of tool calls is used up",
        sees="the tool is not called, and the run ends",
        steps=_ONE_CALL,
        ends="run.budget_exceeded",
        budget=Budget(tool_calls=0),
        tools=EVERY_TOOL,
    ),
    Fault(
        name="A tool needs approval and there is nobody to ask",
        sees="the tool is not called; the model reads that",
        does="give the run an approval desk",
        scene="nobody to ask",
        steps=_ONE_CALL,
        told="tool.denied",
        calls=2,
        tools=("activity", "plugin", "function", "agent"),
    ),
    Fault(
        name="A tool needs approval and nobody answers",
        sees="when the time is up the tool is denied; the model reads that",
        does="decide in time, or name somebody to escalate to",
        scene="nobody answers",
        steps=_ONE_CALL,
        told="tool.denied",
        calls=2,
        tools=("activity", "plugin", "function", "agent"),
    ),
)

GUARDRAILS: tuple[Fault, ...] = (
    Fault(
        name="A guardrail stops what the user says",
        sees="the turn ends and names the guardrail",
        does="ask something else",
        scene="input guardrail",
        ends="run.guardrail_tripped",
        calls=0,
    ),
    Fault(
        name="A guardrail stops what the agent says",
        sees="the turn ends and names the guardrail",
        does="ask something else",
        scene="output guardrail",
        ends="run.guardrail_tripped",
    ),
    Fault(
        name="A guardrail stops a tool before it runs",
        sees="the turn ends and names the guardrail",
        does="ask something else",
        scene="tool input guardrail",
        steps=_ONE_CALL,
        ends="run.guardrail_tripped",
        tools=("activity", "plugin", "function", "agent"),
    ),
    Fault(
        name="A guardrail stops what a tool gives back",
        sees="the turn ends and names the guardrail",
        does="ask something else",
        scene="tool output guardrail",
        steps=_ONE_CALL,
        ends="run.guardrail_tripped",
        tools=("activity", "plugin", "function", "agent"),
    ),
)


def _raises(title: str, scene: Scene, **more: object) -> Fault:
    """Code of an agent that raises what nobody expected."""
    row = Fault(name=title, sees="the turn ends", does=_FIX, scene=scene, ends="run.error")
    return replace(row, **more)  # pyright: ignore[reportArgumentType] - fields of Fault, by name


CODE: tuple[Fault, ...] = (
    _raises("The code of an input guardrail raises", "guardrail raises", calls=0),
    _raises("The code of an output guardrail raises", "output guardrail raises"),
    _raises("The code of a tool's guardrail raises", "tool guardrail raises", steps=_ONE_CALL),
    _raises("A hook at the start of an agent raises", "run hook raises", calls=0),
    _raises("A hook before a tool raises", "tool hook raises", steps=_ONE_CALL),
    _raises("The function that makes the instructions raises", "instructions raise", calls=0),
    _raises("The function that switches a tool on raises", "switch raises", calls=0),
    _raises("The filter of the model's input raises", "filter raises", calls=0),
    _raises(
        "The function that says what needs approval raises", "approval rule raises", steps=_ONE_CALL
    ),
    _raises(
        "The function that is called at a handoff raises",
        "handoff callback raises",
        steps=(handoff("Other"),),
    ),
)

AWAY: tuple[Fault, ...] = (
    Fault(
        name="The MCP server of an agent is away",
        sees="the turn ends before the model is asked: nobody knows what it may call",
        does="start the server; ask again",
        scene="server away",
        ends="run.error",
        calls=0,
        tools=("mcp",),
        within=AFTER_RETRIES,
    ),
)

CONVERSATION: tuple[Fault, ...] = (
    Fault(
        name="The conversation was deleted before the turn",
        sees="the turn ends, and so does each one after it",
        does="start another conversation",
        deleted="before",
        ends="conversation.not_found",
        after="conversation.not_found",
        calls=0,
    ),
    Fault(
        name="The conversation is deleted while the model answers",
        sees="the turn ends, and so does each one after it; nothing is kept",
        does="start another conversation",
        deleted="meanwhile",
        steps=(FAULTS["slow first byte"].model_copy(update={"hold_after": 0}),),
        ends="conversation.not_found",
        after="conversation.not_found",
    ),
)

SECTIONS: dict[str, tuple[Fault, ...]] = {
    "The model's service fails": MODEL,
    "A tool fails": TOOLS,
    "A limit is reached": LIMITS,
    "A guardrail says no": GUARDRAILS,
    "An agent's own code raises": CODE,
    "A server of tools is away": AWAY,
    "The conversation is gone": CONVERSATION,
}

ROWS: tuple[Fault, ...] = tuple(fault for rows in SECTIONS.values() for fault in rows)
