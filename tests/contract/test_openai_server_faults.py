"""Each fault of the scripted server is, to OpenAI's own client, the fault it is named after."""

import email.utils
import json
import time
from collections.abc import AsyncIterator, Callable

import openai
import pytest
from openai import AsyncOpenAI

from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.faults import (
    FAULTS,
    PARTIAL,
    cut,
    error_event,
    http_error,
    long_answer,
    rate_limited,
    server_error,
    stall,
)
from tests.fakes.programs.openai_server.said import Api, Said, ask
from tests.fakes.programs.openai_server.steps import text, tool_calls

both_apis = pytest.mark.parametrize("api", ["responses", "chat"])
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])

LONG = "50,000-token answer"

REFUSED: dict[str, tuple[type[openai.APIStatusError], int, str | None]] = {
    "bad request (400)": (openai.BadRequestError, 400, "unknown_parameter"),
    "wrong key (401)": (openai.AuthenticationError, 401, "invalid_api_key"),
    "unknown model (404)": (openai.NotFoundError, 404, "model_not_found"),
    "rate limit (429), Retry-After in seconds": (
        *(openai.RateLimitError, 429, "rate_limit_exceeded"),
    ),
    "rate limit (429), retry-after-ms": (openai.RateLimitError, 429, "rate_limit_exceeded"),
    "rate limit (429), Retry-After as a date": (
        *(openai.RateLimitError, 429, "rate_limit_exceeded"),
    ),
    "rate limit (429), no hint": (openai.RateLimitError, 429, "rate_limit_exceeded"),
    "quota used up (429)": (openai.RateLimitError, 429, "insufficient_quota"),
    "server error (500)": (openai.InternalServerError, 500, None),
    "proxy page (502)": (openai.InternalServerError, 502, None),
    "overloaded (503)": (openai.InternalServerError, 503, None),
    "prompt filtered (400)": (openai.BadRequestError, 400, "content_filter"),
    "context too long (400)": (openai.BadRequestError, 400, "context_length_exceeded"),
}
NO_ANSWER: dict[str, type[Exception]] = {
    "no answer at all": openai.APITimeoutError,
    "silence mid-answer": openai.APITimeoutError,
    "cut before the headers": openai.APIConnectionError,
    "cut mid-answer": openai.APIConnectionError,
    "invalid JSON": json.JSONDecodeError,
}
ANSWERED: dict[str, Callable[[Said], bool]] = {
    "answer filtered": lambda said: said.finish == "content_filter" and said.text == PARTIAL,
    "slow first byte": lambda said: said.text == "late",
    "truncated tool arguments": lambda said: said.calls == [("get_weather", '{"city": "Ber')],
    "unknown tool": lambda said: said.calls == [("no_such_tool", "{}")],
    "structured output of another shape": lambda said: "no_such_field" in json.loads(said.text),
    "structured output that is no JSON": lambda said: said.text == '{"title": "Jol',
    "refusal": lambda said: said.refusal == "I cannot help with that." and not said.text,
    "empty output": lambda said: not (said.text or said.calls or said.refusal),
    "answer at its token limit": lambda said: said.finish in {"max_output_tokens", "length"},
    "5 MB reply": lambda said: len(said.text) == 5_000_000,
    LONG: lambda said: said.usage is not None and said.usage[2] == (len(said.deltas) or 50_000),
}
DIFFERS = {"not JSON (200)", "error mid-stream", "response failed"}  # by API or by streaming


@pytest.fixture
async def client(scripted_openai: ScriptedOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key="talk", base_url=scripted_openai.base_url, max_retries=0
    ) as opened:
        yield opened


def test_every_fault_of_the_table_is_tested_here():
    assert REFUSED.keys() | NO_ANSWER.keys() | ANSWERED.keys() | DIFFERS == FAULTS.keys()


@both_apis
@both_ways
@pytest.mark.parametrize("fault", REFUSED)
async def test_a_refusal_has_the_status_and_the_code_of_the_real_one(
    scripted_openai, client, api: Api, fault, *, streamed: bool
):
    kind, status, code = REFUSED[fault]
    await scripted_openai.script("talk", [FAULTS[fault], text("Well again.")])

    with pytest.raises(kind) as refused:
        await ask(client, api, streamed=streamed)

    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert refused.value.request_id is not None
    assert (await ask(client, api, streamed=streamed)).text == "Well again."


@both_apis
@both_ways
@pytest.mark.parametrize("fault", NO_ANSWER)
async def test_an_answer_that_breaks_fails_in_the_client_and_the_next_one_works(
    scripted_openai, client, api: Api, fault, *, streamed: bool
):
    await scripted_openai.script("talk", [FAULTS[fault], text("Well again.")])
    is_silence = NO_ANSWER[fault] is openai.APITimeoutError
    impatient = client.with_options(timeout=0.3) if is_silence else client

    with pytest.raises(NO_ANSWER[fault]):
        await ask(impatient, api, streamed=streamed)

    assert (await ask(client, api, streamed=streamed)).text == "Well again."
    assert await scripted_openai.count("talk") == 2


@both_apis
@both_ways
@pytest.mark.parametrize("fault", ANSWERED)
async def test_a_strange_answer_arrives_as_it_was_meant(
    scripted_openai, client, api: Api, fault, *, streamed: bool
):
    # In a stream each token costs a client's time, and the first 5,000 are as good as all.
    step = long_answer(5_000) if streamed and fault == LONG else FAULTS[fault]
    await scripted_openai.script("talk", [step])

    said = await ask(client, api, streamed=streamed)

    assert ANSWERED[fault](said), said.finish
    (call,) = await scripted_openai.calls("talk")
    assert call.outcome == "answered"


@both_apis
async def test_a_page_instead_of_json_is_no_answer(scripted_openai, client, api: Api):
    await scripted_openai.script("talk", [FAULTS["not JSON (200)"].model_copy(update={"times": 2})])

    with pytest.raises(AttributeError):  # the client hands the page on as a str
        await ask(client, api, streamed=False)

    assert await ask(client, api, streamed=True) == Said()  # the client sees a stream of no events


@both_ways
async def test_a_failed_response_says_so(scripted_openai, client, *, streamed: bool):
    await scripted_openai.script("talk", [FAULTS["response failed"]])

    assert (await ask(client, "responses", streamed=streamed)).finish == "failed"


@both_ways
@pytest.mark.parametrize("fault", ["response failed", "error mid-stream"])
async def test_a_chat_answer_that_fails_is_an_error(
    scripted_openai, client, fault, *, streamed: bool
):
    await scripted_openai.script("talk", [FAULTS[fault]])

    with pytest.raises(openai.APIError):
        await ask(client, "chat", streamed=streamed)


async def test_a_stream_can_end_in_an_error_event(scripted_openai, client):
    await scripted_openai.script("talk", [error_event(after_chunks=2)])

    said = await ask(client, "responses", streamed=True)

    assert said.kinds[-1] == "error"
    assert said.finish == ""
    assert "".join(said.deltas) == PARTIAL[:32]


async def test_a_whole_answer_with_an_error_event_is_500(scripted_openai, client):
    await scripted_openai.script("talk", [error_event()])

    with pytest.raises(openai.InternalServerError):
        await ask(client, "responses", streamed=False)


async def test_the_wait_is_told_in_seconds_in_milliseconds_and_as_a_date(scripted_openai, client):
    steps = [rate_limited(2), rate_limited(1.5, "ms"), rate_limited(30, "date"), rate_limited()]
    await scripted_openai.script("talk", steps)
    told = []
    for _ in steps:
        with pytest.raises(openai.RateLimitError) as limited:
            await ask(client, "responses", streamed=False)
        headers = limited.value.response.headers
        told.append((headers.get("retry-after"), headers.get("retry-after-ms")))

    assert told[:2] == [("2", None), (None, "1500")]
    assert told[3] == (None, None)
    until = email.utils.parsedate_to_datetime(told[2][0]).timestamp()
    assert 25 < until - time.time() <= 31


async def test_any_status_can_be_scripted(scripted_openai, client):
    await scripted_openai.script("talk", [http_error(409, "Conflict.", code="conflict")])

    with pytest.raises(openai.ConflictError):
        await ask(client, "responses", streamed=False)


async def test_a_fault_can_come_several_times_before_the_good_answer(scripted_openai, client):
    await scripted_openai.script("talk", [server_error(times=3), text("At last.")])

    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            await ask(client, "responses", streamed=False)

    assert (await ask(client, "responses", streamed=False)).text == "At last."


@both_apis
async def test_a_break_comes_after_as_many_deltas_as_were_asked_for(
    scripted_openai, client, api: Api
):
    await scripted_openai.script("talk", [cut(after_chunks=2)])
    said = Said()

    with pytest.raises(openai.APIConnectionError):
        await ask(client, api, streamed=True, said=said)

    assert "".join(said.deltas) == PARTIAL[:32]
    (call,) = await scripted_openai.calls("talk")
    assert call.outcome == "cut"


@both_apis
async def test_an_answer_shorter_than_its_break_never_says_that_it_is_whole(
    scripted_openai, client, api: Api
):
    broken = tool_calls([("look", "{}")], line="cut", after_chunks=99)
    await scripted_openai.script("talk", [broken])

    with pytest.raises(openai.APIConnectionError):
        await ask(client, api, streamed=True)


@both_apis
async def test_silence_before_the_first_delta_is_possible(scripted_openai, client, api: Api):
    await scripted_openai.script("talk", [stall(after_chunks=0)])

    with pytest.raises(openai.APITimeoutError):
        await ask(client.with_options(timeout=0.3), api, streamed=True)

    (call,) = await scripted_openai.calls("talk")
    assert call.first_byte_at is not None
    assert call.first_delta_at is None
