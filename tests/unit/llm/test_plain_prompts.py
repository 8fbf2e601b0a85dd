import cProfile
from typing import Any, Literal

import httpx2
import pytest
from agents import ModelSettings, function_tool
from openai import AsyncOpenAI
from openai.types.responses import ResponseStreamEvent

from segue.llm.asking import ask
from segue.llm.config import OpenAIService
from segue.llm.openai_models import openai_client, openai_model
from segue.llm.plain_prompts import PlainPrompts
from tests.fakes.doubles.models import Heard, Pool, request
from tests.fakes.programs.openai_server.steps import echo, words

both_apis = pytest.mark.parametrize("api", ["responses", "chat"])
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])

TALK = [
    {"role": "user", "content": [{"type": "input_text", "text": "Grüße. What is on page 7?"}]},
    {"type": "function_call", "call_id": "c1", "name": "page", "arguments": '{"number": 7}'},
    {"type": "function_call_output", "call_id": "c1", "output": "A map."},
    {
        "type": "message",
        "id": "m1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "A map.", "annotations": []}],
    },
    {"role": "user", "content": "Thanks."},
]


@function_tool
def page(number: int, name: Literal["maps", "notes"] | None) -> str:
    """A page of a book."""
    return f"{name} {number}"


@both_apis
@both_ways
async def test_what_goes_out_is_what_openais_own_client_sends(scripted_openai, api, *, streamed):
    await scripted_openai.script("same", [echo(times=None)])
    asked = request(
        input=TALK, tools=[page], model_settings=ModelSettings(extra_body={"mine": [1, None]})
    )
    for kind in (AsyncOpenAI, PlainPrompts):
        async with kind(api_key="same", base_url=scripted_openai.base_url, max_retries=0) as client:
            pool = Pool({"gpt-any": openai_model(client, "gpt-any", api=api)})
            await ask(pool, asked, listener=Heard() if streamed else None)
    theirs, ours = await scripted_openai.calls("same")
    assert ours.body == theirs.body
    assert ours.body["mine"] == [1, None]
    assert len(ours.body["tools"]) == 1
    assert len(ours.body["input" if api == "responses" else "messages"]) >= len(TALK)


@both_apis
async def test_a_body_that_is_no_json_is_refused_as_openais_own_client_refuses_it(api):
    refusals: list[tuple[type[Exception], str]] = []
    for kind in (AsyncOpenAI, PlainPrompts):
        async with kind(api_key="k", base_url="http://localhost:1", max_retries=0) as client:
            path = "/responses" if api == "responses" else "/chat/completions"
            with pytest.raises(UnicodeEncodeError) as refusal:
                await client.post(path, cast_to=object, body={"input": "\ud800"})
            refusals.append((refusal.type, str(refusal.value)))
    assert refusals[0] == refusals[1]


@both_apis
async def test_a_long_prompt_is_not_walked_through_type_by_type(scripted_openai, api):
    await scripted_openai.script("long", [echo(times=None)], keep_bodies=0)
    turns = 200

    async def calls(client: AsyncOpenAI) -> int:
        pool = Pool({"gpt-any": openai_model(client, "gpt-any", api=api)})
        await ask(pool, request())  # connects
        with cProfile.Profile() as profile:
            await ask(pool, request(input=TALK * turns))
        return sum(function.callcount for function in profile.getstats())

    async with openai_client(
        OpenAIService(api_key="long", base_url=scripted_openai.base_url)
    ) as client:
        ours = await calls(client)
    assert ours < 200 * turns * len(TALK)  # OpenAI's own client: 4,300 and 1,700 for each item


DELTA = {
    "type": "response.output_text.delta",
    "content_index": 0,
    "delta": "Grüße",
    "item_id": "m1",
    "logprobs": [],
    "output_index": 0,
    "sequence_number": 3,
}


@pytest.mark.parametrize(
    "event",
    [
        DELTA,
        {**DELTA, "of_tomorrow": [1]},
        {"type": DELTA["type"], "delta": "no more than that"},
        {"type": "response.of_tomorrow", "sequence_number": 3},
        {"delta": "of no type"},
        ["no object"],
    ],
)
async def test_an_event_is_read_as_openais_own_client_reads_it(event):
    kind: Any = ResponseStreamEvent
    async with PlainPrompts(api_key="k") as ours, AsyncOpenAI(api_key="k") as theirs:
        events = [
            client._process_response_data(data=event, cast_to=kind, response=httpx2.Response(200))
            for client in (ours, theirs)
        ]
    assert type(events[0]) is type(events[1])
    assert events[0] == events[1]


async def test_an_event_is_not_tried_as_every_type_there_is(scripted_openai):
    await scripted_openai.script("events", [words(2_000, times=None)], keep_bodies=0)
    async with openai_client(
        OpenAIService(base_url=scripted_openai.base_url, api_key="events")
    ) as client:
        pool = Pool({"gpt-any": openai_model(client, "gpt-any", api="responses")})
        await ask(pool, request())  # connects
        with cProfile.Profile() as profile:
            await ask(pool, request(), listener=Heard())
    names = [getattr(each.code, "co_name", "") for each in profile.getstats()]
    assert "_process_response_data" in names
    assert "_validate_non_model_type" not in names
