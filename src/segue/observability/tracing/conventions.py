"""Spans of the Agents SDK in the words of OpenTelemetry's conventions for generative AI.

The conventions are in development and have moved to a repository of their own, so the version is
pinned: names change here on purpose, never with an upgrade. What they have no word for starts with
``segue.``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any, Final

from agents.tracing.span_data import (
    AgentSpanData,
    CustomSpanData,
    FunctionSpanData,
    GenerationSpanData,
    GuardrailSpanData,
    HandoffSpanData,
    MCPListToolsSpanData,
    ResponseSpanData,
    SpanData,
    TaskSpanData,
    TurnSpanData,
)
from openai.types.responses import Response
from opentelemetry.trace import SpanKind

from segue.observability.tracing.messages import messages_json, short
from segue.observability.tracing.spans import CALL_ID, ChatSpanData

# A version that still holds these conventions in the main repository; later ones have moved them.
SEMCONV_VERSION: Final = "1.41.0"
SCHEMA_URL: Final = f"https://opentelemetry.io/schemas/{SEMCONV_VERSION}"
SOURCE: Final = "https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai"

AGENT = "gen_ai.agent.name"
CONVERSATION = "gen_ai.conversation.id"
INPUT = "gen_ai.input.messages"
OPERATION = "gen_ai.operation.name"
OUTPUT = "gen_ai.output.messages"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
TOOL = "gen_ai.tool.name"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_CALL = "gen_ai.tool.call.id"
TOOL_RESULT = "gen_ai.tool.call.result"
TOOL_TYPE = "gen_ai.tool.type"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
WORKFLOW = "gen_ai.workflow.name"

Attributes = Mapping[str, str | int | bool | None]

# LiteLLM's prefixes whose providers have another name in the conventions.
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
    "xai": "x_ai",
}
_TEMPORAL = "temporal:"  # how the Temporal plugin's spans begin; their data is ids and type names


@dataclass(frozen=True, kw_only=True)
class Description:
    """A span as OpenTelemetry gets it.

    Attributes:
        attributes: Those that are None are unknown and left out.
        content: What prompts, answers, tools and applications put in; only where wanted.
    """

    name: str
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Attributes = field(default_factory=dict[str, str | int | bool | None])
    content: Attributes = field(default_factory=dict[str, str | int | bool | None])


@singledispatch
def describe(data: SpanData) -> Description:
    """Describe a span by the names of the conventions."""
    return Description(name=data.type)


@describe.register
def _(data: TaskSpanData) -> Description:
    # Usage of runs, turns and agents is left out: readers add it up over spans.
    return Description(
        name=f"invoke_workflow {data.name}",
        attributes={OPERATION: "invoke_workflow", WORKFLOW: data.name},
    )


@describe.register
def _(data: TurnSpanData) -> Description:
    return Description(
        name=f"turn {data.turn}", attributes={"segue.turn": data.turn, AGENT: data.agent_name}
    )


@describe.register
def _(data: AgentSpanData) -> Description:
    return Description(
        name=f"invoke_agent {data.name}",
        attributes={OPERATION: "invoke_agent", AGENT: data.name},
    )


@describe.register
def _(data: GenerationSpanData) -> Description:
    return Description(
        name=_chat(data.model),
        kind=SpanKind.CLIENT,
        attributes=_chat_attributes(data.model) | _usage(data.usage),
        content=_exchange(data),
    )


@describe.register
def _(data: ChatSpanData) -> Description:
    attributes: dict[str, str | int | bool | None] = {
        AGENT: data.agent,
        CONVERSATION: data.conversation,
        RESPONSE_MODEL: data.answered_by,
        RESPONSE_ID: data.response_id,
    }
    return Description(
        name=_chat(data.model),
        kind=SpanKind.CLIENT,
        attributes=_chat_attributes(data.model) | attributes | _usage(data.usage),
        content=_exchange(data),
    )


@describe.register
def _(data: ResponseSpanData) -> Description:
    answer: Response | None = data.response
    attributes = _chat_attributes(answer and answer.model)
    attributes |= {RESPONSE_MODEL: answer and answer.model, RESPONSE_ID: answer and answer.id}
    return Description(
        name=_chat(answer and answer.model),
        kind=SpanKind.CLIENT,
        attributes=attributes | _usage(data.usage),
    )


@describe.register
def _(data: FunctionSpanData) -> Description:
    metadata: Mapping[str, Any] = getattr(data, "metadata", None) or {}
    return Description(
        name=f"execute_tool {data.name}",
        attributes={
            OPERATION: "execute_tool",
            TOOL: data.name,
            TOOL_TYPE: "function",
            TOOL_CALL: metadata.get(CALL_ID),
        },
        content={
            TOOL_ARGUMENTS: None if data.input is None else short(data.input),
            TOOL_RESULT: None if data.output is None else short(data.output),
        },
    )


@describe.register
def _(data: HandoffSpanData) -> Description:
    return Description(
        name=f"handoff {data.to_agent or 'unknown'}",
        attributes={"segue.handoff.from": data.from_agent, "segue.handoff.to": data.to_agent},
    )


@describe.register
def _(data: GuardrailSpanData) -> Description:
    return Description(
        name=f"guardrail {data.name}",
        attributes={"segue.guardrail.name": data.name, "segue.guardrail.tripped": data.triggered},
    )


@describe.register
def _(data: MCPListToolsSpanData) -> Description:
    return Description(name="mcp_tools", attributes={"segue.mcp.server": data.server})


@describe.register
def _(data: CustomSpanData) -> Description:
    if data.name.startswith(_TEMPORAL):
        attributes = {f"segue.temporal.{key}": str(value) for key, value in data.data.items()}
        return Description(name=data.name, attributes=attributes)
    return Description(
        name=data.name, content={"segue.data": short(data.data)} if data.data else {}
    )


def provider(model: str | None) -> str | None:
    """The provider of a model, as far as its name says.

    A model without a prefix that is nobody else's is asked through OpenAI's client.
    """
    if model is None:
        return None
    prefix, slash, _ = model.partition("/")
    if slash:
        return _PROVIDERS.get(prefix, prefix)
    for start, name in (("claude", "anthropic"), ("gemini", "gcp.gemini"), ("offline", "offline")):
        if model.startswith(start):
            return name
    return "openai"


def _chat(model: str | None) -> str:
    return f"chat {model}" if model else "chat"


def _chat_attributes(model: str | None) -> dict[str, str | int | bool | None]:
    return {OPERATION: "chat", PROVIDER: provider(model), REQUEST_MODEL: model}


def _exchange(data: GenerationSpanData) -> Attributes:
    return {
        INPUT: None if data.input is None else messages_json(data.input),
        OUTPUT: None if data.output is None else messages_json(data.output),
    }


def _usage(usage: Mapping[str, Any] | None) -> dict[str, str | int | bool | None]:
    if usage is None:
        return {}
    input_details: Mapping[str, Any] = usage.get("input_tokens_details") or {}
    output_details: Mapping[str, Any] = usage.get("output_tokens_details") or {}
    return {
        INPUT_TOKENS: usage.get("input_tokens"),
        OUTPUT_TOKENS: usage.get("output_tokens"),
        CACHED_TOKENS: input_details.get("cached_tokens"),
        REASONING_TOKENS: output_details.get("reasoning_tokens"),
    }
