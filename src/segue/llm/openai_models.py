"""Models that speak OpenAI's API, at OpenAI or at any other address."""

from dataclasses import replace
from typing import Literal

import httpx2
from agents import (
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    TResponseInputItem,
)
from openai import AsyncOpenAI

from segue.llm.config import OpenAIService, is_openai
from segue.llm.plain_prompts import PlainPrompts
from segue.llm.whole_streams import Passed, whole

_KEYLESS = "none"  # the client wants a key; services without keys ignore it
# Between two bytes. Silence that is too long for a run is ended sooner, by ``segue.llm.asking``.
_TIMEOUT = httpx2.Timeout(600, connect=10)


def openai_client(service: OpenAIService) -> AsyncOpenAI:
    """A pool of connections for all models of a service; close it when done.

    It never tries again by itself: Temporal does, where every attempt is seen and counted.
    """
    return PlainPrompts(
        api_key=service.api_key or _KEYLESS,
        base_url=service.base_url,
        max_retries=0,
        timeout=_TIMEOUT,
    )


def openai_model(client: AsyncOpenAI, name: str, *, api: Literal["responses", "chat"]) -> Model:
    """A model of the service that ``client`` talks to."""
    if api == "responses":
        return _ResponsesModel(model=name, openai_client=client)
    return _ChatModel(model=name, openai_client=client)


class _ResponsesModel(OpenAIResponsesModel):
    """The SDK's model, without its walk through every value of a prompt that is JSON already."""

    def _build_response_create_kwargs(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        *args: Passed,
        **options: Passed,
    ) -> dict[str, Passed]:
        if isinstance(input, str):
            return super()._build_response_create_kwargs(
                system_instructions, input, *args, **options
            )
        body = super()._build_response_create_kwargs(system_instructions, [], *args, **options)
        return {**body, "input": self._remove_openai_responses_api_incompatible_fields(input)}


class _ChatModel(OpenAIChatCompletionsModel):
    """The SDK's model, which fails when the answer was cut."""

    async def _fetch_response(
        self,
        instructions: Passed,
        items: Passed,
        settings: ModelSettings,
        *rest: Passed,
        **options: Passed,
    ) -> Passed:
        most = settings.max_tokens
        if most is not None and is_openai(str(self._client.base_url)):
            # OpenAI's models that reason know this name of it only; other services, the old one.
            arguments = {**(settings.extra_args or {}), "max_completion_tokens": most}
            settings = replace(settings, max_tokens=None, extra_args=arguments)
        return whole(await super()._fetch_response(instructions, items, settings, *rest, **options))
