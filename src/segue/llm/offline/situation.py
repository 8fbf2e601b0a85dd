"""A call of the offline model as its rules read it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import Any, Final, cast

from pydantic import TypeAdapter

Item = dict[str, Any]
_ANYTHING: Final = TypeAdapter[Any](Any)


@dataclass(frozen=True, kw_only=True)
class ToolOutput:
    """A tool's answer, and the call that it answers.

    Attributes:
        tool: The tool's name; empty when the call itself is no longer in the conversation.
        arguments: What it was called with; empty when that was no JSON object.
        text: Its answer as the model gets it; "" for one without text, an image for instance.
    """

    tool: str
    arguments: Mapping[str, Any]
    text: str

    @cached_property
    def data(self) -> Any:  # noqa: ANN401 - JSON is what it is; the rule knows its own tool
        """The answer read as JSON; the text itself where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


@dataclass(frozen=True, kw_only=True)
class HandoffOffer:
    """An agent that may take over, and the tool by which a model says so."""

    agent: str
    tool: str


@dataclass(frozen=True, kw_only=True)
class OutputOffer:
    """The type that the answer must have, as a JSON schema."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One call of the offline model, as its rules see it. It is theirs: a copy of what was sent.

    Attributes:
        agent: The name of the agent that asks; empty: not known.
        instructions: The agent's instructions; they may be made anew for each call.
        items: The whole input, oldest first, as items of OpenAI's Responses API.
        tools: Names of the function tools on offer.
        hosted: Settings of the tools on offer that a model's provider runs (web search, say), by
            name. Nobody is called for them offline: a rule answers with `Steps` that stand in.
        handoffs: Who may take over.
        output: The type asked for; None: text.
    """

    agent: str
    items: tuple[Item, ...]
    instructions: str = ""
    tools: tuple[str, ...] = ()
    hosted: Mapping[str, Any] = field(default_factory=dict[str, Any])
    handoffs: tuple[HandoffOffer, ...] = ()
    output: OutputOffer | None = None

    @cached_property
    def digest(self) -> str:
        """A digest of the question: the same for the same agent with the same input."""
        question = json.dumps([self.agent, self.items], sort_keys=True)
        return hashlib.sha256(question.encode()).hexdigest()

    @cached_property
    def user_texts(self) -> tuple[str, ...]:
        """Every message of the user, oldest first; "" for one without text."""
        return tuple(_text_of(item.get("content")) for item in self.items if _is_users(item))

    @property
    def text(self) -> str:
        """The last message of the user; "" without one."""
        return self.user_texts[-1] if self.user_texts else ""

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The addresses of the pictures in all messages, oldest first; ``data:`` ones hold them."""
        parts = [part for item in self.items for part in _parts_of(item.get("content"))]
        urls = [part.get("image_url") for part in parts if part.get("type") == "input_image"]
        return tuple(url for url in urls if isinstance(url, str))

    @cached_property
    def outputs(self) -> tuple[ToolOutput, ...]:
        """What tools have answered since the user's last message, oldest first; no handoffs."""
        return self._outputs(self.items[self._last_said + 1 :])

    @cached_property
    def past_outputs(self) -> tuple[ToolOutput, ...]:
        """What tools answered before the user's last message, oldest first; no handoffs."""
        return self._outputs(self.items[: self._last_said + 1])

    @cached_property
    def latest(self) -> tuple[ToolOutput, ...]:
        """The tool answers that this call is about: those at the very end of the input.

        Empty when the user spoke last, and when another agent has just handed over: what its tools
        said is in ``outputs``, and this agent begins.
        """
        if self.handed_over:
            return ()
        return tuple(self._read(item) for item in self._last_batch)

    @property
    def handed_over(self) -> bool:
        """Whether another agent has just handed the conversation to this one."""
        return any(_is_handoff(item) for item in self._last_batch)

    def output_of(self, tool: str) -> ToolOutput:
        """The newest answer of that tool since the user's last message.

        Raises:
            LookupError: It has not answered since then.
        """
        for answer in reversed(self.outputs):
            if answer.tool == tool:
                return answer
        raise LookupError(f"expected an answer of the tool {tool}, found none")

    @cached_property
    def _last_said(self) -> int:
        """Where the user's last message is; -1: there is none."""
        return max((at for at, item in enumerate(self.items) if _is_users(item)), default=-1)

    def _outputs(self, items: Sequence[Item]) -> tuple[ToolOutput, ...]:
        outputs = (item for item in items if _is_output(item))
        return tuple(self._read(item) for item in outputs if not _is_handoff(item))

    @cached_property
    def _last_batch(self) -> tuple[Item, ...]:
        spoken = (item for item in reversed(self.items) if not _is_note(item))
        return tuple(reversed(list(takewhile(_is_output, spoken))))

    @cached_property
    def _calls(self) -> Mapping[str, Item]:
        calls = (item for item in self.items if item.get("type") == "function_call")
        return {str(item.get("call_id")): item for item in calls}

    def _read(self, item: Item) -> ToolOutput:
        call = self._calls.get(str(item.get("call_id")), {})
        return ToolOutput(
            tool=str(call.get("name", "")),
            arguments=_json_object(str(call.get("arguments", ""))),
            text=_text_of(item.get("output")),
        )


def as_json(value: object) -> Any:  # noqa: ANN401 - JSON of whatever shape the value has
    """A copy of ``value``, models and dataclasses included, as plain JSON data."""
    return _ANYTHING.dump_python(value, mode="json")


def _is_users(item: Item) -> bool:
    return item.get("role") == "user"


def _is_note(item: Item) -> bool:
    return item.get("role") in {"system", "developer"}


def _is_output(item: Item) -> bool:
    return item.get("type") == "function_call_output"


def _is_handoff(item: Item) -> bool:
    # Source: agents.Handoff.get_transfer_message (openai-agents 0.22), the SDK's own tool output.
    return _is_output(item) and set(_json_object(_text_of(item.get("output")))) == {"assistant"}


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        value: object = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text_of(content: object) -> str:
    """The text of a message or of a tool's answer, which are a string or a list of parts."""
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in _parts_of(content)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _parts_of(content: object) -> Iterator[Item]:
    """The parts of a message that is more than a text."""
    if isinstance(content, list):
        for part in cast("list[object]", content):
            if isinstance(part, dict):
                yield cast("Item", part)
