"""Small questions to a model that show what its service can do."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from agents import (
    AgentOutputSchema,
    FunctionTool,
    ModelResponse,
    ModelSettings,
    RunContextWrapper,
)
from openai.types.responses import ResponseFunctionToolCall
from pydantic import BaseModel

from segue.errors.model import ModelError, UnusableAnswerError
from segue.llm.answers import ModelRequest, response_text
from segue.llm.asking import Models, ask

AGENT: Final = "doctor"
_MOST_TOKENS = 300  # a model that thinks first needs some; a model that rambles is cut


class _Sum(BaseModel):
    """What the model is to answer with."""

    sum: int


@dataclass(frozen=True)
class Trial:
    """What one question showed.

    Attributes:
        ability: What it asked for, in words.
        failure: None: the model can do that.
    """

    ability: str
    failure: ModelError | None = None


async def trials(pool: Models, name: str, *, tool_at_the_end: bool) -> AsyncIterator[Trial]:
    """Ask the model for a text, a call of a tool, a typed answer, and the last two together.

    Four calls of about a hundred tokens each. A model that gives no text is not asked for more.

    Args:
        pool: Has the model.
        name: Of the model; its fallbacks are not asked.
        tool_at_the_end: Typed answers of agents with tools are given by a last tool.
    """
    together = "tools, then a typed answer" + (" by a last tool" if tool_at_the_end else "")
    for question in (
        _Question("a text", "Say hello in one word.", _says_something, _NO_TEXT),
        _Question("a tool", _SUM + _BY_TOOL, _calls, _NO_TOOL, tools=True),
        _Question("a typed answer", _SUM, _is_typed, _NO_SCHEMA, typed=True),
        _Question(together, _SUM + _BY_TOOL, _calls, _NO_TOOL, tools=True, typed=True),
    ):
        failure = await _failure(pool, name, question)
        yield Trial(question.ability, failure)
        if failure is not None and question.is_fine is _says_something:
            return


_SUM: Final = "What is 2 + 3?"
_BY_TOOL: Final = " Use the tool."
_NO_TEXT: Final = "Try another model."
_NO_TOOL: Final = (
    "Agents with tools need a model that calls them: try another one, or turn tools on in the"
    " service (llama.cpp: --jinja)."
)
_NO_SCHEMA: Final = "Try SEGUE_OPENAI_API=chat where it is `responses`, or another model."


@dataclass(frozen=True)
class _Question:
    """A question, and what a good answer to it is.

    Attributes:
        hint: What to do where the answer is none.
    """

    ability: str
    text: str
    is_fine: Callable[[ModelResponse], bool]
    hint: str
    tools: bool = False
    typed: bool = False

    def to(self, model: str) -> ModelRequest:
        """The request that asks this model."""
        return ModelRequest(
            agent=AGENT,
            model=model,
            system_instructions="You add numbers. Be brief.",
            input=[{"role": "user", "content": self.text}],
            model_settings=ModelSettings(max_tokens=_MOST_TOKENS),
            tools=[_ADD] if self.tools else [],
            output_schema=AgentOutputSchema(_Sum) if self.typed else None,
            handoffs=[],
        )


async def _failure(pool: Models, name: str, question: _Question) -> ModelError | None:
    try:
        answer = await ask(pool, question.to(name), allows=lambda model: model == name)
    except ModelError as error:
        return error
    if question.is_fine(answer.response):
        return None
    return UnusableAnswerError("It answered something else.", hint=question.hint)


async def _never(context: RunContextWrapper[Any], arguments: str) -> NoReturn:
    raise NotImplementedError  # the answer is looked at, not carried out


_ADD: Final = FunctionTool(
    name="add",
    description="Add two whole numbers.",
    params_json_schema={
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
    on_invoke_tool=_never,
)


def _says_something(response: ModelResponse) -> bool:
    return bool(response_text(response))


def _calls(response: ModelResponse) -> bool:
    return any(
        isinstance(item, ResponseFunctionToolCall) and item.name == _ADD.name
        for item in response.output
    )


def _is_typed(response: ModelResponse) -> bool:
    try:
        _Sum.model_validate_json(response_text(response))
    except ValueError:
        return False
    return True
