"""Every way to reach a model, over real HTTP to a scripted server."""

import time
from collections.abc import AsyncGenerator, Callable
from decimal import Decimal

import pytest
from agents import AgentOutputSchema, FunctionTool, Model, ModelSettings
from pydantic import BaseModel

from segue.errors.model import (
    ContentFilteredError,
    ContextTooLongError,
    ModelError,
    ModelLoginError,
    ModelQuotaError,
    ModelRateLimitedError,
    ModelRequestError,
    ModelUnavailableError,
    UnusableAnswerError,
)
from segue.llm.answers import response_text
from segue.llm.any_llm_models import any_llm_model
from segue.llm.asking import ask
from segue.llm.config import LlmConfig
from segue.llm.litellm_models import close_litellm, litellm_model
from segue.llm.names import OtherModel
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.runs.worker.uses import use_of
from tests.fakes.doubles.models import Heard, Pool, names, request
from tests.fakes.programs.openai_server.faults import (
    FAULTS,
    cut,
    huge_reply,
    rate_limited,
    server_error,
)
from tests.fakes.programs.openai_server.steps import (
    Step,
    Usage,
    refusal,
    structured,
    text,
    tokens,
    tool_calls,
)

KEY = "sk-a-secret-of-ours"
SPEAKERS = ["responses", "chat", "litellm", "any-llm", "any-llm chat"]
PATIENT = 60.0
# LiteLLM 1.110 reads a field of Pydantic in an old way whenever it streams, and has types of which
# Pydantic warns; Segue does not repeat that to its users.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Accessing the 'model_"),
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
]
Open = Callable[..., Pool | ModelPool]


async def never(*_):
    raise AssertionError("models call no tools themselves")


WEATHER = FunctionTool(
    name="weather",
    description="",
    params_json_schema={"type": "object", "properties": {"city": {"type": "string"}}},
    on_invoke_tool=never,
    strict_json_schema=False,
)


class City(BaseModel):
    """A typed answer."""

    city: str


@pytest.fixture(params=SPEAKERS)
def speaker(request):
    """One way to reach a model."""
    return request.param


@pytest.fixture
async def reach(speaker, scripted_openai) -> AsyncGenerator[Open]:
    """Makes a pool whose models are all at the scripted server."""
    closing = []

    def by_openai(*chain):
        config = LlmConfig(
            model=chain[0],
            fallback_models=chain[1:],
            openai_api_key=KEY,
            openai_base_url=scripted_openai.base_url,
            openai_api=speaker,
        )
        pool = ModelPool(config, rules=RuleBook())
        pool.check()
        closing.append(pool.aclose)
        return pool

    def by_package(*chain):
        return Pool({name: model(name) for name in chain}, now=time.time())

    def model(name) -> Model:
        named = OtherModel("openai", name)
        if speaker == "litellm":
            closing.append(close_litellm)
            return litellm_model(named, api_key=KEY, base_url=scripted_openai.base_url)
        made = any_llm_model(named, api_key=KEY, base_url=scripted_openai.base_url)
        made.api = "chat_completions" if speaker == "any-llm chat" else None
        closing.append(made.close)
        return made

    yield by_openai if speaker in {"responses", "chat"} else by_package
    for close in closing:
        await close()


@pytest.fixture(params=["whole", "streamed"])
def listener(request):
    """Nobody, or somebody who hears the answer while it comes."""
    return Heard() if request.param == "streamed" else None


ERRORS: dict[str, type[ModelError]] = {
    "bad request (400)": ModelRequestError,
    "wrong key (401)": ModelLoginError,
    "unknown model (404)": ModelRequestError,
    "rate limit (429), Retry-After in seconds": ModelRateLimitedError,
    "rate limit (429), retry-after-ms": ModelRateLimitedError,
    "rate limit (429), Retry-After as a date": ModelRateLimitedError,
    "rate limit (429), no hint": ModelRateLimitedError,
    "quota used up (429)": ModelQuotaError,
    "server error (500)": ModelUnavailableError,
    "proxy page (502)": ModelUnavailableError,
    "overloaded (503)": ModelUnavailableError,
    "prompt filtered (400)": ContentFilteredError,
    "answer filtered": ContentFilteredError,
    "context too long (400)": ContextTooLongError,
    "no answer at all": ModelUnavailableError,
    "silence mid-answer": ModelUnavailableError,
    "cut before the headers": ModelUnavailableError,
    "cut mid-answer": ModelUnavailableError,
    "invalid JSON": UnusableAnswerError,
    "not JSON (200)": UnusableAnswerError,
    "error mid-stream": ModelUnavailableError,
    "response failed": ModelUnavailableError,
    "empty output": UnusableAnswerError,
    "answer at its token limit": ModelRequestError,
}
LARGE = {"5 MB reply", "50,000-token answer"}
# The rest is for the run to judge: the model answered, if not well.
ANSWERS = sorted(FAULTS.keys() - ERRORS.keys() - {"refusal"} - LARGE)
SILENT = {"no answer at all", "silence mid-answer"}


@pytest.mark.parametrize("fault", ERRORS)
async def test_a_fault_is_one_call_and_the_right_error(fault, reach, listener, scripted_openai):
    await scripted_openai.script("gpt-x", [FAULTS[fault].model_copy(update={"times": 5})])
    patience = 0.5 if fault in SILENT else PATIENT
    with pytest.raises(ModelError) as failure:
        await ask(reach("gpt-x"), request(), listener=listener, stall_seconds=patience)
    assert await scripted_openai.count("gpt-x") == 1
    told = failure.value
    assert type(told) is ERRORS[fault]
    assert KEY not in str(told)
    assert "Hello" not in str(told)  # the prompt
    assert told.__cause__ is None


@pytest.mark.parametrize("fault", ANSWERS)
async def test_an_answer_that_the_run_must_judge_comes_through(
    fault, reach, listener, scripted_openai
):
    await scripted_openai.script("gpt-x", [FAULTS[fault]])
    answer = await ask(reach("gpt-x"), request(), listener=listener, stall_seconds=PATIENT)
    assert answer.response.output


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("rate limit (429), Retry-After in seconds", 1, 1),
        ("rate limit (429), retry-after-ms", 0.2, 0.2),
        ("rate limit (429), Retry-After as a date", 0, 3),
    ],
)
async def test_the_wait_that_a_service_names_is_known(fault, least, most, reach, scripted_openai):
    await scripted_openai.script("gpt-x", [FAULTS[fault]])
    with pytest.raises(ModelRateLimitedError) as failure:
        await ask(reach("gpt-x"), request())
    wait = failure.value.retry_after
    # A date tells whole seconds, rounded up: under load it may have passed when it arrives.
    if wait is not None or least:
        assert wait is not None
        assert least <= wait.total_seconds() <= most


async def test_the_answer_comes_with_its_tokens_and_cost(reach, listener, scripted_openai):
    step = text("Hello to you", usage=Usage(input=100, output=20, cached=40))
    await scripted_openai.script("gpt-5-mini", [step])
    answer = await ask(reach("gpt-5-mini"), request(), listener=listener)
    used = answer.response.usage
    assert (response_text(answer.response), answer.model) == ("Hello to you", "gpt-5-mini")
    assert (used.requests, used.input_tokens, used.output_tokens) == (1, 100, 20)
    assert used.input_tokens_details.cached_tokens == 40
    assert answer.cost_usd == Decimal("0.000056")


async def test_the_deltas_are_the_answer(reach, scripted_openai):
    await scripted_openai.script("gpt-x", [text("one two three four", chunk_chars=4)])
    heard = Heard()
    answer = await ask(reach("gpt-x"), request(), listener=heard)
    assert heard.events[0] == "started gpt-x"
    assert len(heard.events) > 3
    assert "".join(heard.events[1:]) == response_text(answer.response) == "one two three four"


async def test_several_tool_calls_at_once_come_whole(reach, listener, scripted_openai):
    step = tool_calls([("weather", {"city": "Rome"}), ("weather", {"city": "Oslo"})])
    await scripted_openai.script("gpt-x", [step])
    answer = await ask(reach("gpt-x"), request(tools=[WEATHER]), listener=listener)
    calls = [item for item in answer.response.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["weather", "weather"]
    assert ["Rome" in calls[0].arguments, "Oslo" in calls[1].arguments] == [True, True]
    assert len({call.call_id for call in calls}) == 2


async def test_a_refusal_comes_through(speaker, reach, listener, scripted_openai):
    await scripted_openai.script("gpt-x", [refusal("I will not.")])
    if speaker == "litellm":  # LiteLLM 1.83 drops it from streams
        with pytest.raises(UnusableAnswerError, match="empty"):
            await ask(reach("gpt-x"), request(), listener=listener)
        return
    answer = await ask(reach("gpt-x"), request(), listener=listener)
    assert response_text(answer.response) == "I will not."


async def test_the_models_are_asked_in_order_and_the_one_that_answers_is_named(
    reach, listener, scripted_openai
):
    await scripted_openai.script("gpt-a", [rate_limited(1)])
    await scripted_openai.script("gpt-b", [server_error()])
    await scripted_openai.script("gpt-c", [text("Here")])
    await scripted_openai.script("gpt-d", [text("Too late")])
    pool = reach("gpt-a", "gpt-b", "gpt-c", "gpt-d")
    answer = await ask(pool, request(), listener=listener)
    assert (answer.model, response_text(answer.response)) == ("gpt-c", "Here")
    assert names(answer) == [("gpt-a", "model.rate_limited"), ("gpt-b", "model.unavailable")]
    asked = [await scripted_openai.count(name) for name in ("gpt-a", "gpt-b", "gpt-c", "gpt-d")]
    assert asked == [1, 1, 1, 0]


async def test_half_an_answer_is_retracted_before_the_next_model_speaks(reach, scripted_openai):
    await scripted_openai.script("gpt-a", [cut(chunk_chars=4)])
    await scripted_openai.script("gpt-b", [text("Whole")])
    heard = Heard()
    await ask(reach("gpt-a", "gpt-b"), request(), listener=heard)
    at = heard.events.index("retracted")
    assert at > 1
    assert heard.events[at:] == ["retracted", "started gpt-b", "Whole"]


@pytest.mark.parametrize("step", [huge_reply(1_000_000), tokens(10_000)])
async def test_a_large_answer_is_one_call_and_comes_whole(step, scripted_openai):
    config = LlmConfig(model="gpt-x", openai_base_url=scripted_openai.base_url)
    await scripted_openai.script("gpt-x", [step])
    pool, heard = ModelPool(config, rules=RuleBook()), Heard()
    answer = await ask(pool, request(), listener=heard)
    assert "".join(heard.events[1:]) == response_text(answer.response)
    assert len(response_text(answer.response)) > 10_000
    assert await scripted_openai.count("gpt-x") == 1
    await pool.aclose()


@pytest.mark.parametrize(
    ("api", "form", "by_tool"),
    [
        ("chat", "auto", True),
        ("chat", "schema", False),
        ("responses", "auto", False),
        ("responses", "tool", True),
    ],
)
@pytest.mark.parametrize("listener", [None, Heard()], ids=["whole", "streamed"])
async def test_a_typed_answer_beside_tools_comes_by_a_last_tool_where_a_service_needs_that(
    scripted_openai, api, form, by_tool, listener
):
    last = tool_calls([("final_answer", {"city": "Bergen"})])
    await scripted_openai.script("gpt-x", [last if by_tool else structured({"city": "Bergen"})])
    config = LlmConfig(
        model="gpt-x",
        openai_base_url=scripted_openai.base_url,
        openai_api=api,
        structured_output=form,
    )
    pool = ModelPool(config, rules=RuleBook())
    asked = request(tools=[WEATHER], output_schema=AgentOutputSchema(City))
    answer = await ask(pool, asked, listener=listener)
    (call,) = await scripted_openai.calls("gpt-x")
    await pool.aclose()

    assert response_text(answer.response).replace(" ", "") == '{"city":"Bergen"}'
    assert len(call.body["tools"]) == 1 + by_tool
    assert (call.body.get("tool_choice") == "required") is by_tool
    has_schema = "response_format" in call.body or "format" in call.body.get("text", {})
    assert has_schema is not by_tool


async def test_a_service_that_ignores_schemas_is_asked_by_a_last_tool_from_then_on(
    scripted_openai,
):
    last = tool_calls([("final_answer", {"city": "Bergen"})])
    await scripted_openai.script("gpt-x", [text("Bergen, I think."), text("Bergen!"), last])
    config = LlmConfig(
        model="gpt-x", openai_base_url=scripted_openai.base_url, openai_api="responses"
    )
    pool = ModelPool(config, rules=RuleBook())
    asked = request(output_schema=AgentOutputSchema(City))
    answers = [response_text((await ask(pool, asked)).response) for _ in range(3)]
    bodies = [call.body for call in await scripted_openai.calls("gpt-x")]
    await pool.aclose()

    assert answers == ["Bergen, I think.", "Bergen!", '{"city": "Bergen"}']
    assert ["format" in body.get("text", {}) for body in bodies] == [True, True, False]
    assert [tool["name"] for tool in bodies[-1]["tools"]] == ["final_answer"]
    assert bodies[-1]["tool_choice"] == "required"


@pytest.mark.parametrize("finish", ["length", "content_filter", "complete"])
async def test_what_was_counted_of_a_cut_answer_is_on_its_error(
    reach, listener, scripted_openai, finish
):
    """``complete``: a service that does not say that the limit on tokens cut its answer."""
    step = text("One two", finish=finish, usage=Usage(input=30, output=40))
    await scripted_openai.script("gpt-x", [step])
    asked = request(model_settings=ModelSettings(max_tokens=40))
    with pytest.raises((ModelRequestError, ContentFilteredError)) as failure:
        await ask(reach("gpt-x"), asked, listener=listener)
    assert (failure.value.input_tokens, failure.value.output_tokens) == (30, 40)


async def test_models_that_failed_before_the_answer_are_paid_for(reach, scripted_openai):
    empty = Step(usage=Usage(input=10, output=5))
    await scripted_openai.script("gpt-a", [empty])
    await scripted_openai.script("gpt-b", [text("Hi", usage=Usage(input=10, output=7))])
    answer = await ask(reach("gpt-a", "gpt-b"), request(), listener=Heard())
    use = use_of(answer, 1.0)
    assert (use.input_tokens, use.output_tokens) == (20, 12)
