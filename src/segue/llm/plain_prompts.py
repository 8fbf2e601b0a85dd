"""OpenAI's client, sending prompts as they are.

By itself the client tries two dozen types on every item of a prompt, to rename fields and to encode
files. Plain JSON has neither, and for 1,000 items that is half a second in which the worker does
nothing else. What goes out is the same; ``benchmarks/long_conversation.py`` shows the difference.
"""

from collections.abc import Awaitable, Callable

from openai import AsyncOpenAI
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.responses import AsyncResponses

from segue.llm.whole_streams import Passed, check_finish


class PlainPrompts(AsyncOpenAI):
    """The client; prompts given to it are JSON already."""

    @property
    def responses(self) -> AsyncResponses:
        """The Responses API."""
        return _Responses(self)

    @property
    def chat(self) -> AsyncChat:
        """Chat Completions."""
        return _Chat(self)


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
    body: dict[str, Passed] = {prompt: arguments[prompt], **(arguments.get("extra_body") or {})}
    return await create(**{**arguments, prompt: (), "extra_body": body})
