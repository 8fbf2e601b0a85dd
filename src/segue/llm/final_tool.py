"""A structured answer as a last call of a tool.

Not every service can do tools and a schema of the answer together: llama.cpp forces the schema's
JSON from the first token, so that no tool is ever called; Gemini refuses the request. And some take
a schema and ignore it, as llama.cpp's Responses do.
"""

from dataclasses import replace
from typing import Any, Final, NoReturn

from agents import FunctionTool, ModelResponse, RunContextWrapper
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

from segue.llm.answers import ModelRequest

FINAL_TOOL: Final = "final_answer"
_DESCRIPTION: Final = "Give your final answer, once you have it. It ends the work."


def with_final_tool(request: ModelRequest, *, alone: bool = False) -> ModelRequest:
    """The request with a tool in the place of the schema.

    Args:
        request: With a schema, or without.
        alone: Also where it has no other tools; the service ignores schemas.
    """
    schema = request.output_schema
    if schema is None or schema.is_plain_text():
        return request
    if not (alone or request.tools or request.handoffs):
        return request
    final = FunctionTool(
        name=FINAL_TOOL,
        description=_DESCRIPTION,
        params_json_schema=schema.json_schema(),
        on_invoke_tool=_never,
        strict_json_schema=schema.is_strict_json_schema(),
    )
    # An answer in words has no place any more: every way on is a tool.
    settings = request.model_settings
    settings = replace(settings, tool_choice=settings.tool_choice or "required")
    return replace(
        request, tools=[*request.tools, final], output_schema=None, model_settings=settings
    )


def with_final_answer(response: ModelResponse) -> ModelResponse:
    """The response with the final answer as text; other calls beside it go first, without it."""
    finals = [item for item in response.output if _is_final(item)]
    if not finals:
        return response
    others = [item for item in response.output if not _is_final(item)]
    if any(isinstance(item, ResponseFunctionToolCall) for item in others):
        return replace(response, output=others)
    thinking = [item for item in others if item.type == "reasoning"]
    return replace(response, output=[*thinking, _message(finals[0])])


def _is_final(item: object) -> bool:
    return isinstance(item, ResponseFunctionToolCall) and item.name == FINAL_TOOL


def _message(call: Any) -> ResponseOutputMessage:  # noqa: ANN401 - a call of the final tool
    text = ResponseOutputText(type="output_text", text=call.arguments, annotations=[])
    return ResponseOutputMessage(
        id=call.id or call.call_id,
        type="message",
        role="assistant",
        status="completed",
        content=[text],
    )


async def _never(_context: RunContextWrapper[Any], _arguments: str) -> NoReturn:
    raise AssertionError("the final answer is never run as a tool")
