"""The offline model behind the interface of the Agents SDK."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from agents import (
    AgentOutputSchemaBase,
    CodeInterpreterTool,
    FileSearchTool,
    FunctionTool,
    Handoff,
    HostedMCPTool,
    ImageGenerationTool,
    Model,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
    TResponseInputItem,
    Usage,
    WebSearchTool,
    generation_span,
)
from agents.items import TResponseStreamEvent
from openai.types.responses.response_prompt_param import ResponsePromptParam

from segue.llm.names import OFFLINE
from segue.llm.offline.answers import OutputItem
from segue.llm.offline.situation import HandoffOffer, Item, OutputOffer, Situation, as_json
from segue.llm.offline.streaming import stream_events

_HOSTED = (
    CodeInterpreterTool,
    FileSearchTool,
    HostedMCPTool,
    ImageGenerationTool,
    WebSearchTool,
)
_ID_PREFIX: Final = f"{OFFLINE}-"


class OfflineModel(Model):
    """Answers for one agent by rules: at once, without a network, the same every time.

    It counts one request and no tokens, because none were used: an estimate would be money that
    nobody owes. Settings such as temperature mean nothing to rules and are ignored.
    """

    def __init__(self, agent: str, answer: Callable[[Situation], list[OutputItem]]) -> None:
        self._agent = agent
        self._answer = answer

    async def get_response(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """Answer by the agent's rules.

        Raises:
            ModelRequestError: See ``RuleBook.answer``.
        """
        situation = self._situation(system_instructions, input, tools, output_schema, handoffs)
        with generation_span(model=OFFLINE, disabled=tracing.is_disabled()):
            response_id, output = self._respond(situation)
        return ModelResponse(output=[*output], usage=Usage(requests=1), response_id=response_id)

    async def stream_response(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Answer by the agent's rules, as the events of a streaming model, word by word.

        Raises:
            ModelRequestError: See ``RuleBook.answer``.
        """
        situation = self._situation(system_instructions, input, tools, output_schema, handoffs)
        with generation_span(model=OFFLINE, disabled=tracing.is_disabled()):
            response_id, output = self._respond(situation)
        for event in stream_events(response_id, output):
            yield event

    def _respond(self, situation: Situation) -> tuple[str, list[OutputItem]]:
        return _ID_PREFIX + situation.digest[:32], self._answer(situation)

    def _situation(
        self,
        instructions: str | None,
        prompt_input: str | list[TResponseInputItem],
        tools: Sequence[Tool],
        output: AgentOutputSchemaBase | None,
        handoffs: Sequence[Handoff[Any, Any]],
    ) -> Situation:
        return Situation(
            agent=self._agent,
            instructions=instructions or "",
            items=_plain(prompt_input),
            tools=tuple(tool.name for tool in tools if isinstance(tool, FunctionTool)),
            hosted={tool.name: _settings(tool) for tool in tools if isinstance(tool, _HOSTED)},
            handoffs=tuple(
                HandoffOffer(agent=each.agent_name, tool=each.tool_name) for each in handoffs
            ),
            output=_offer(output),
        )


def _plain(prompt_input: str | list[TResponseInputItem]) -> tuple[Item, ...]:
    if isinstance(prompt_input, str):
        return ({"role": "user", "content": prompt_input},)
    items: list[Item] = as_json(prompt_input)
    return tuple(items)


def _settings(tool: Tool) -> Item:
    if isinstance(tool, HostedMCPTool):  # its callback is code of the caller, and no setting
        return {"tool_config": as_json(tool.tool_config)}
    return as_json(tool)


def _offer(output: AgentOutputSchemaBase | None) -> OutputOffer | None:
    if output is None or output.is_plain_text():
        return None
    return OutputOffer(name=output.name(), schema=output.json_schema())
