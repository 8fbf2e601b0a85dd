"""OpenAI's client, sending prompts as they are and reading each event of an answer as what it is.

By itself the client tries two dozen types on every item of a prompt and on every tool, to rename
fields and to encode files. Plain JSON has neither, and for 1,000 items that is half a second in
which the worker does nothing else. It also tries all 59 types of events on each event of a stream,
a fifth of a millisecond for every few characters; each event names its type. And it writes a body
by Python's own encoder, ten times as long as Pydantic takes. What goes out and what is read is the
same; ``benchmarks/long_conversation.py`` shows the difference.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import get_args

import httpx2
from openai import AsyncOpenAI, BaseModel, Omit
from openai._models import FinalRequestOptions
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.responses import AsyncResponses
from openai.types.responses import ResponseStreamEvent
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from segue.llm.whole_streams import Passed, check_finish


def _event_types() -> dict[str, type[BaseModel]]:
    """The types of a stream's events, by the one name that each of them has."""
    union, *_ = get_args(ResponseStreamEvent)
    return {
        name: event
        for event in get_args(union)
        for name in get_args(event.model_fields["type"].annotation)
    }


_EVENT_TYPES = _event_types()


def _event_type(data: Passed) -> type[BaseModel] | None:
    return _EVENT_TYPES.get(str(data.get("type"))) if isinstance(data, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON


class PlainPrompts(AsyncOpenAI):
    """The client; prompts given to it are JSON already."""

    def _process_response_data(
        self, *, data: Passed, cast_to: Passed, response: httpx2.Response
    ) -> Passed:
        event = _event_type(data) if cast_to is ResponseStreamEvent else None
        if event is not None:
            with suppress(ValidationError):
                return event.model_validate(data)
            cast_to = event  # a service that leaves something out: read as leniently as ever
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)

    def _build_request(
        self, options: FinalRequestOptions, *, retries_taken: int = 0
    ) -> httpx2.Request:
        return super()._build_request(_as_bytes(options), retries_taken=retries_taken)

    @property
    def responses(self) -> AsyncResponses:
        """The Responses API."""
        return _Responses(self)

    @property
    def chat(self) -> AsyncChat:
        """Chat Completions."""
        return _Chat(self)


def _as_bytes(options: FinalRequestOptions) -> FinalRequestOptions:
    """The request with its body written already; unchanged where that is left to the client."""
    if not isinstance(options.json_data, dict):
        return options
    body: dict[str, Passed] = {**options.json_data, **(options.extra_json or {})}  # pyright: ignore[reportUnknownMemberType] - JSON
    try:
        text = to_json({name: value for name, value in body.items() if not isinstance(value, Omit)})
    except PydanticSerializationError:  # no JSON; the client says so in its own words
        return options
    return options.model_copy(update={"json_data": text, "extra_json": None})


class _Responses(AsyncResponses):
    async def create(self, **arguments: Passed) -> Passed:
        response = await _past_the_types(super().create, arguments, prompt="input")
        if getattr(response, "status", None) == "incomplete":  # with its tokens; the SDK loses them
            details = response.incomplete_details
            check_finish(details.reason if details else None, response.usage)
        return response


class _Chat(AsyncChat):
    @property
    def completions(self) -> AsyncCompletions:
        return _Completions(self._client)


class _Completions(AsyncCompletions):
    async def create(self, **arguments: Passed) -> Passed:
        return await _past_the_types(super().create, arguments, prompt="messages")


async def _past_the_types(
    create: Callable[..., Awaitable[Passed]], arguments: dict[str, Passed], *, prompt: str
) -> Passed:
    # What is in the extra body goes out untouched, in the place of the field of the same name.
    plain = {name: arguments[name] for name in (prompt, "tools") if _is_list(arguments.get(name))}
    body: dict[str, Passed] = {**plain, **(arguments.get("extra_body") or {})}
    empty: dict[str, Passed] = dict.fromkeys(plain, ())
    return await create(**{**arguments, **empty, "extra_body": body})


def _is_list(value: Passed) -> bool:
    """Whether a field is JSON already; else it is text, or not there."""
    return isinstance(value, list)
