"""What OpenAI's own client makes of an answer, the same for both APIs, streamed or not."""

from dataclasses import dataclass, field
from typing import Any, Literal

from openai import AsyncOpenAI

Api = Literal["responses", "chat"]


@dataclass
class Said:
    """An answer as the client read it.

    Attributes:
        calls: Name and arguments of each tool call.
        finish: ``status`` of a response, or why it is incomplete; in chat ``finish_reason``.
        usage: Input, cached, output and reasoning tokens.
        kinds: Types of the events of a streamed response, repeats left out.
        deltas: Pieces of text that came in a stream.
    """

    text: str = ""
    refusal: str = ""
    reasoning: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    finish: str = ""
    usage: tuple[int, int, int, int] | None = None
    kinds: list[str] = field(default_factory=list[str])
    deltas: list[str] = field(default_factory=list[str])


async def ask(
    client: AsyncOpenAI,
    api: Api,
    *,
    streamed: bool,
    model: str = "gpt-any",
    content: str = "Hello",
    said: Said | None = None,
) -> Said:
    """Ask and read the answer to its end; raises what the client raises.

    Args:
        client: As the caller has set it up.
        api: Which of the two.
        streamed: Whether to stream.
        model: Its name.
        content: The user's message.
        said: Filled as the answer comes, for one that breaks.
    """
    said = said or Said()
    read = _read_response if api == "responses" else _read_chat
    await read(client, said, model, content, streamed=streamed)
    return said


async def _read_response(
    client: AsyncOpenAI, said: Said, model: str, content: str, *, streamed: bool
) -> None:
    if not streamed:
        _response(said, await client.responses.create(model=model, input=content))
        return
    async with await client.responses.create(model=model, input=content, stream=True) as stream:
        async for given in stream:
            event: Any = given
            if not said.kinds or said.kinds[-1] != event.type:
                said.kinds.append(event.type)
            if event.type == "response.output_text.delta":
                said.deltas.append(event.delta)
            if event.type in {"response.completed", "response.incomplete", "response.failed"}:
                _response(said, event.response)


def _response(said: Said, response: Any) -> None:
    for item in response.output:
        if item.type == "function_call":
            said.calls.append((item.name, item.arguments))
        elif item.type == "reasoning":
            said.reasoning += "".join(part.text for part in item.summary)
        else:
            for part in item.content:
                said.text += getattr(part, "text", "")
                said.refusal += getattr(part, "refusal", "")
    reason = response.incomplete_details and response.incomplete_details.reason
    said.finish = reason or response.status
    if (usage := response.usage) is not None:
        cached = usage.input_tokens_details.cached_tokens
        reasoned = usage.output_tokens_details.reasoning_tokens
        said.usage = (usage.input_tokens, cached, usage.output_tokens, reasoned)


async def _read_chat(
    client: AsyncOpenAI, said: Said, model: str, content: str, *, streamed: bool
) -> None:
    messages: Any = [{"role": "user", "content": content}]
    if not streamed:
        whole = await client.chat.completions.create(model=model, messages=messages)
        _chat_message(said, whole.choices[0].message)
        said.finish = whole.choices[0].finish_reason
        _chat_usage(said, whole.usage)
        return
    options: Any = {"include_usage": True}
    async with await client.chat.completions.create(
        model=model, messages=messages, stream=True, stream_options=options
    ) as stream:
        async for chunk in stream:
            for choice in chunk.choices:
                _chat_delta(said, choice.delta)
                said.finish = choice.finish_reason or said.finish
            _chat_usage(said, chunk.usage)


def _chat_message(said: Said, message: Any) -> None:
    said.text = message.content or ""
    said.refusal = message.refusal or ""
    said.reasoning = getattr(message, "reasoning_content", None) or ""
    said.calls = [
        (call.function.name, call.function.arguments) for call in message.tool_calls or []
    ]


def _chat_delta(said: Said, delta: Any) -> None:
    if delta.content:
        said.deltas.append(delta.content)
        said.text += delta.content
    said.refusal += delta.refusal or ""
    said.reasoning += getattr(delta, "reasoning_content", None) or ""
    for piece in delta.tool_calls or []:
        if piece.function.name:
            said.calls.append((piece.function.name, ""))
        name, arguments = said.calls[piece.index]
        said.calls[piece.index] = (name, arguments + (piece.function.arguments or ""))


def _chat_usage(said: Said, usage: Any) -> None:
    if usage is not None:
        cached = usage.prompt_tokens_details.cached_tokens
        reasoned = usage.completion_tokens_details.reasoning_tokens
        said.usage = (usage.prompt_tokens, cached, usage.completion_tokens, reasoned)
