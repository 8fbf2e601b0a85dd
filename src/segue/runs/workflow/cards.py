"""Agent cards: what a model is told besides the conversation, written once and named by digest.

Instructions, tools, handoffs and output type of an agent rarely change between two calls, and
together are often larger than what was said. The workflow writes the card; the worker reads it.
"""

import hashlib
from functools import cache
from typing import Any, Literal

from agents import (
    AgentOutputSchemaBase,
    CodeInterpreterTool,
    FileSearchTool,
    FunctionTool,
    Handoff,
    HostedMCPTool,
    ImageGenerationTool,
    ModelSettings,
    RunContextWrapper,
    Tool,
    UserError,
    WebSearchTool,
)
from agents.tool_context import ToolContext
from pydantic import BaseModel, TypeAdapter

HOSTED: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        CodeInterpreterTool,
        FileSearchTool,
        HostedMCPTool,
        ImageGenerationTool,
        WebSearchTool,
    )
}


class FunctionCard(BaseModel, frozen=True):
    """A tool that Segue runs."""

    kind: Literal["function"] = "function"
    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = True


class HostedCard(BaseModel, frozen=True):
    """A tool that the model's service runs."""

    kind: Literal["hosted"] = "hosted"
    tool: str
    fields: dict[str, Any]


class HandoffCard(BaseModel, frozen=True):
    """Another agent that may take over."""

    name: str
    description: str
    agent: str
    parameters: dict[str, Any]
    strict: bool = True


class OutputCard(BaseModel, frozen=True):
    """The type that the answer must have; ``parameters`` is None for plain text."""

    name: str
    parameters: dict[str, Any] | None = None
    strict: bool = True


class AgentCard(BaseModel, frozen=True):
    """What a model is told besides the conversation."""

    instructions: str | None = None
    tools: tuple[FunctionCard | HostedCard, ...] = ()
    handoffs: tuple[HandoffCard, ...] = ()
    output: OutputCard | None = None

    def text(self) -> tuple[str, str]:
        """Its digest and its text."""
        text = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(text.encode()).hexdigest(), text


class CardOutputSchema(AgentOutputSchemaBase):
    """An output type as the model's client needs it: its schema, and no validation."""

    def __init__(self, card: OutputCard) -> None:
        self._card = card

    def is_plain_text(self) -> bool:
        """Whether the answer is text."""
        return self._card.parameters is None

    def name(self) -> str:
        """The type's name."""
        return self._card.name

    def json_schema(self) -> dict[str, Any]:
        """The type's schema; empty for plain text."""
        return self._card.parameters or {}

    def is_strict_json_schema(self) -> bool:
        """Whether the schema is in OpenAI's strict form."""
        return self._card.strict

    def validate_json(self, json_str: str) -> str:
        """The text itself: it is the workflow that validates."""
        return json_str


def agent_card(
    instructions: str | None,
    tools: list[Tool],
    handoffs: list[Handoff[Any, Any]],
    output: AgentOutputSchemaBase | None,
) -> AgentCard:
    """The card of an agent as the Agents SDK describes it to a model.

    Raises:
        UserError: A tool would run on the machine of the workflow, which no workflow may do.
    """
    return AgentCard(
        instructions=instructions,
        tools=tuple(_tool_card(tool) for tool in tools),
        handoffs=tuple(
            HandoffCard(
                name=handoff.tool_name,
                description=handoff.tool_description,
                agent=handoff.agent_name,
                parameters=handoff.input_json_schema,
                strict=handoff.strict_json_schema,
            )
            for handoff in handoffs
        ),
        output=_output_card(output),
    )


def tools_of(card: AgentCard) -> list[Tool]:
    """The tools, to be described to a model; invoking one of them here is a defect."""
    return [_tool(tool) for tool in card.tools]


def handoffs_of(card: AgentCard) -> list[Handoff[Any, Any]]:
    """The handoffs, to be described to a model; invoking one of them here is a defect."""
    return [
        Handoff(
            tool_name=handoff.name,
            tool_description=handoff.description,
            input_json_schema=handoff.parameters,
            on_invoke_handoff=_not_here_handoff,
            agent_name=handoff.agent,
            strict_json_schema=handoff.strict,
        )
        for handoff in card.handoffs
    ]


def output_of(card: AgentCard) -> AgentOutputSchemaBase | None:
    """The output type, to be described to a model; None: plain text."""
    return CardOutputSchema(card.output) if card.output else None


def settings_of(settings: ModelSettings) -> dict[str, Any]:
    """``settings`` as plain data, without what is not set."""
    return _settings().dump_python(settings, mode="json", exclude_none=True)


def settings_from(plain: dict[str, Any]) -> ModelSettings:
    """Back from plain data."""
    return _settings().validate_python(plain)


@cache
def _settings() -> TypeAdapter[ModelSettings]:
    return TypeAdapter(ModelSettings)


def _tool_card(tool: Tool) -> FunctionCard | HostedCard:
    if isinstance(tool, FunctionTool):
        return FunctionCard(
            name=tool.name,
            description=tool.description,
            parameters=tool.params_json_schema,
            strict=tool.strict_json_schema,
        )
    name = type(tool).__name__
    if name not in HOSTED:
        raise UserError(
            f"{name} would run on the machine of the workflow; use a tool with an activity."
        )
    if isinstance(tool, HostedMCPTool):
        return HostedCard(tool=name, fields={"tool_config": dict(tool.tool_config)})
    return HostedCard(
        tool=name,
        fields=_adapter(name).dump_python(tool, mode="json", exclude_none=True),
    )


def _tool(card: FunctionCard | HostedCard) -> Tool:
    if isinstance(card, HostedCard):
        return _adapter(card.tool).validate_python(card.fields)
    return FunctionTool(
        name=card.name,
        description=card.description,
        params_json_schema=card.parameters,
        on_invoke_tool=_not_here_tool,
        strict_json_schema=card.strict,
    )


def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(HOSTED[name])


def _output_card(output: AgentOutputSchemaBase | None) -> OutputCard | None:
    if output is None or output.is_plain_text():
        return None
    return OutputCard(
        name=output.name(), parameters=output.json_schema(), strict=output.is_strict_json_schema()
    )


async def _not_here_tool(_context: ToolContext[Any], _arguments: str) -> str:
    raise UserError("Tools run in the workflow, not where the model is called.")


async def _not_here_handoff(_context: RunContextWrapper[Any], _arguments: str) -> Any:  # noqa: ANN401 - the SDK's signature
    raise UserError("Handoffs happen in the workflow, not where the model is called.")
