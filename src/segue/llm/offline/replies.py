"""What a rule may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.models.fake_id import FAKE_RESPONSES_ID
from openai.types.responses import (
    ResponseCodeInterpreterToolCall,
    ResponseFileSearchToolCall,
    ResponseFunctionWebSearch,
    ResponseReasoningItem,
)
from openai.types.responses.response_output_item import ImageGenerationCall, McpCall
from openai.types.responses.response_reasoning_item import Summary
from pydantic import BaseModel

Step = (
    ResponseReasoningItem
    | ResponseFunctionWebSearch
    | ResponseFileSearchToolCall
    | ResponseCodeInterpreterToolCall
    | ImageGenerationCall
    | McpCall
)
"""What a model shows before its answer: its reasoning, a call of a tool that its provider runs."""


@dataclass(frozen=True)
class Call:
    """Call a function tool that is on offer; made by ``call``."""

    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class HandOff:
    """Let another agent take over; made by ``hand_off``.

    Attributes:
        agent: The other agent's name.
    """

    agent: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class AskApproval:
    """Ask whether the provider may call a tool of an MCP server that it hosts.

    Attributes:
        server_label: Of the server.
    """

    server_label: str
    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class Output:
    """Structured output that is no Pydantic model: a dict, a list, a dataclass, a number."""

    data: object


@dataclass(frozen=True)
class Refusal:
    """Decline to answer, in these words."""

    text: str


@dataclass(frozen=True)
class Steps:
    """An answer with the steps before it, as if a provider had taken them.

    Attributes:
        steps: In order; a call's tool must be on offer.
        answer: What is said after them.
    """

    steps: Sequence[Step]
    answer: "str | BaseModel | Output"


Reply = str | BaseModel | Output | Call | Sequence[Call] | HandOff | AskApproval | Refusal | Steps
"""Text; structured output; one or more tool calls; a handoff; a question; a refusal; steps."""


def call(tool: str, /, **arguments: object) -> Call:
    """Call that tool. A list of these calls them all at once."""
    return Call(tool, arguments)


def hand_off(agent: str, /, **arguments: object) -> HandOff:
    """Hand the conversation to the agent of that name, with what its handoff asks for."""
    return HandOff(agent, arguments)


def reasoning(text: str) -> ResponseReasoningItem:
    """A step of `Steps`: what a model thought, in words."""
    return ResponseReasoningItem(
        id=FAKE_RESPONSES_ID, summary=[Summary(text=text, type="summary_text")], type="reasoning"
    )
