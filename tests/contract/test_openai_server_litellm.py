"""LiteLLM and any-llm read the scripted server as they read OpenAI."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.faults import FAULTS
from tests.fakes.programs.openai_server.steps import Usage, reasoned, text, tool_calls

MESSAGES = [{"role": "user", "content": "Hello"}]
# LiteLLM 1.110 reads a field of Pydantic in an old way whenever it streams, and has types of which
# Pydantic warns.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Accessing the 'model_"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
async def litellm(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """The real package, without its download of prices; its clients are closed afterwards."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm as package  # noqa: PLC0415 - takes seconds, so only where it is used

    yield package
    cache: Any = package.in_memory_llm_clients_cache
    for client in cache.cache_dict.values():
        await client.close()
    cache.flush_cache()


async def complete(
    litellm: ModuleType, server: ScriptedOpenAI, *, streamed: bool, model: str = "gpt-scripted:talk"
) -> Any:
    """The answer; a streamed one is put together by LiteLLM's own builder."""
    options = {"stream": True, "stream_options": {"include_usage": True}} if streamed else {}
    answer = await litellm.acompletion(
        model=f"openai/{model}",
        api_base=server.base_url,
        api_key="any",
        messages=MESSAGES,
        max_retries=0,
        **options,
    )
    if not streamed:
        return answer
    return litellm.stream_chunk_builder([chunk async for chunk in answer], messages=MESSAGES)


@both_ways
async def test_litellm_reads_text_and_usage(scripted_openai, litellm, *, streamed: bool):
    usage = Usage(input=120, cached=100, output=34, reasoning=30)
    await scripted_openai.script("talk", [text("Hello from the script.", usage=usage)])

    answer = await complete(litellm, scripted_openai, streamed=streamed)

    assert answer.choices[0].message.content == "Hello from the script."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.prompt_tokens == 120
    assert answer.usage.prompt_tokens_details.cached_tokens == 100
    assert answer.usage.completion_tokens_details.reasoning_tokens == 30


@both_ways
async def test_litellm_reads_several_tool_calls(scripted_openai, litellm, *, streamed: bool):
    calls = tool_calls([("weather", {"city": "Rome, by the sea"}), ("time", "{}")])
    await scripted_openai.script("talk", [calls])

    answer = await complete(litellm, scripted_openai, streamed=streamed)

    read = [
        (call.function.name, call.function.arguments)
        for call in answer.choices[0].message.tool_calls
    ]
    assert read == [("weather", '{"city": "Rome, by the sea"}'), ("time", "{}")]


@both_ways
async def test_litellm_reads_reasoning(scripted_openai, litellm, *, streamed: bool):
    await scripted_openai.script("talk", [reasoned("Hm.", "Yes.")])

    message = (await complete(litellm, scripted_openai, streamed=streamed)).choices[0].message

    assert (message.reasoning_content, message.content) == ("Hm.", "Yes.")


async def test_litellm_passes_the_model_name_unchanged(scripted_openai, litellm):
    await scripted_openai.script("gpt-b", [text("By its name.")])

    answer = await complete(litellm, scripted_openai, streamed=False, model="gpt-b")

    assert answer.choices[0].message.content == "By its name."
    (call,) = await scripted_openai.calls("gpt-b")
    assert (call.model, call.headers["authorization"]) == ("gpt-b", "Bearer any")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("bad request (400)", "BadRequestError"),
        ("wrong key (401)", "AuthenticationError"),
        ("unknown model (404)", "NotFoundError"),
        ("rate limit (429), Retry-After in seconds", "RateLimitError"),
        ("quota used up (429)", "RateLimitError"),
        ("server error (500)", "InternalServerError"),
        ("overloaded (503)", "ServiceUnavailableError"),
        ("context too long (400)", "ContextWindowExceededError"),
        ("cut before the headers", "InternalServerError"),
        ("cut mid-answer", "InternalServerError"),
    ],
)
async def test_litellm_takes_a_fault_for_what_it_is(scripted_openai, litellm, fault, error):
    await scripted_openai.script("talk", [FAULTS[fault]])

    with pytest.raises(Exception) as raised:  # noqa: PT011 - compared by name, exactly
        await complete(litellm, scripted_openai, streamed=False)

    assert type(raised.value).__name__ == error
    assert await scripted_openai.count("talk") == 1


@both_ways
async def test_any_llm_reads_text_and_tool_calls(scripted_openai, *, streamed: bool):
    import any_llm  # noqa: PLC0415 - takes seconds, so only where it is used

    steps = [text("Hello."), tool_calls([("look", {"page": 1})])]
    await scripted_openai.script("talk", steps)
    provider = any_llm.AnyLLM.create("openai", api_key="any", api_base=scripted_openai.base_url)
    content, calls = "", ""
    for _ in steps:
        answer: Any = await provider.acompletion(
            model="gpt-scripted:talk", messages=[*MESSAGES], stream=streamed
        )
        parts = [chunk async for chunk in answer] if streamed else [answer]
        for part in parts:
            said = part.choices[0].delta if streamed else part.choices[0].message
            content += said.content or ""
            calls += "".join(call.function.arguments for call in said.tool_calls or [])
    client: Any = provider
    await client.client.close()

    assert (content, calls) == ("Hello.", '{"page": 1}')
