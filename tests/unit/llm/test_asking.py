import asyncio
from decimal import Decimal

import httpx2
import pytest
from agents import AgentOutputSchema
from openai.types.responses import ResponseReasoningItem

from segue.errors.model import (
    ModelLoginError,
    ModelRequestError,
    ModelUnavailableError,
    UnusableAnswerError,
)
from segue.errors.run import BudgetExceededError
from segue.errors.settings import SettingsError
from segue.errors.storage import StorageError
from segue.llm.answers import response_text
from segue.llm.asking import ask
from segue.music.wire.agents import Pick
from tests.fakes.doubles.models import (
    Heard,
    Kept,
    Pool,
    ScriptedModel,
    completed,
    delta,
    names,
    request,
)

OUT = httpx2.ConnectError("nobody there")


async def for_ever():
    await asyncio.Event().wait()


async def test_the_first_model_answers_and_is_named():
    answer = await ask(Pool({"gpt-5": ScriptedModel("Hi")}), request())
    assert (answer.model, response_text(answer.response), names(answer)) == ("gpt-5", "Hi", [])
    assert answer.cost_usd == Decimal("0.01125")
    assert not answer.offline
    assert not answer.from_cache


async def test_a_model_without_a_known_price_costs_an_unknown_amount():
    answer = await ask(Pool({"mine": ScriptedModel("Hi")}), request())
    assert answer.cost_usd is None


async def test_the_next_model_answers_when_one_is_out():
    pool = Pool({"a": ScriptedModel(OUT), "b": ScriptedModel(""), "c": ScriptedModel("Hi")})
    answer = await ask(pool, request())
    assert answer.model == "c"
    assert names(answer) == [("a", "model.unavailable"), ("b", "model.unusable_answer")]


async def test_a_model_over_its_budget_is_not_asked():
    pool = Pool({"a": ScriptedModel(), "b": ScriptedModel("Hi")})
    answer = await ask(pool, request(), allows=lambda name: name != "a")
    assert pool.asked == ["b"]
    assert names(answer) == [("a", "run.budget_exceeded")]


async def test_without_any_model_in_budget_nobody_is_asked():
    pool = Pool({"a": ScriptedModel()})
    with pytest.raises(BudgetExceededError):
        await ask(pool, request(), allows=lambda _: False)
    assert pool.asked == []


async def test_a_refused_request_is_not_sent_to_the_next_model():
    pool = Pool({"a": ScriptedModel(ModelRequestError("no")), "b": ScriptedModel("Hi")})
    with pytest.raises(ModelRequestError):
        await ask(pool, request())
    assert pool.asked == ["a"]


async def test_when_all_are_out_a_failure_worth_a_retry_is_raised_without_a_cause():
    pool = Pool({"a": ScriptedModel(OUT), "b": ScriptedModel(ModelLoginError("key"))})
    with pytest.raises(ModelUnavailableError) as failure:
        await ask(pool, request())
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


async def test_only_the_service_that_keeps_a_conversation_is_asked():
    pool = Pool({"a": ScriptedModel(OUT), "b": ScriptedModel("Hi")})
    with pytest.raises(ModelUnavailableError):
        await ask(pool, request(previous_response_id="r0"))
    assert pool.asked == ["a"]


async def test_a_model_that_stays_silent_is_out():
    with pytest.raises(ModelUnavailableError, match=r"0\.01 s of silence"):
        await ask(Pool({"a": ScriptedModel(for_ever)}), request(), stall_seconds=0.01)


async def test_a_defect_leaves_as_a_typed_error_with_its_cause():
    with pytest.raises(ModelRequestError, match="RuntimeError") as failure:
        await ask(Pool({"a": ScriptedModel(RuntimeError("bug"))}), request())
    assert isinstance(failure.value.__cause__, RuntimeError)


async def test_an_error_of_the_settings_stays_what_it_is():
    class Unset(Pool):
        def get_model(self, model_name):
            raise SettingsError("OPENAI_API_KEY is not set.")

    with pytest.raises(SettingsError):
        await ask(Unset({"a": ScriptedModel()}), request())


async def test_thinking_alone_is_an_empty_answer():
    thought = completed("")
    thought.response.output = [ResponseReasoningItem(id="r", type="reasoning", summary=[])]
    with pytest.raises(UnusableAnswerError, match="empty"):
        await ask(Pool({"a": ScriptedModel([thought])}), request(), listener=Heard())


async def test_blank_text_is_an_empty_answer():
    with pytest.raises(UnusableAnswerError, match="empty"):
        await ask(Pool({"a": ScriptedModel(" \n")}), request())


async def test_the_agents_own_rules_answer_offline_and_free():
    pool = Pool({"offline": ScriptedModel()}, offline=ScriptedModel("By rule"))
    answer = await ask(pool, request())
    assert pool.asked == ["offline Guide"]
    assert (answer.offline, answer.cost_usd) == (True, 0)


async def test_a_listener_hears_the_text_while_it_comes():
    heard = Heard()
    pool = Pool({"a": ScriptedModel([delta("He"), delta("llo"), completed("Hello")])})
    answer = await ask(pool, request(), listener=heard)
    assert heard.events == ["started a", "He", "llo"]
    assert response_text(answer.response) == "Hello"
    assert (answer.response.response_id, answer.response.usage.requests) == ("r1", 1)


async def test_text_of_a_model_that_dies_is_retracted_before_the_next_one_starts():
    heard = Heard()
    dies, lives = [delta("He"), OUT], [delta("Hi"), completed("Hi")]
    pool = Pool({"a": ScriptedModel(dies), "b": ScriptedModel(lives)})
    answer = await ask(pool, request(), listener=heard)
    assert heard.events == ["started a", "He", "retracted", "started b", "Hi"]
    assert names(answer) == [("a", "model.unavailable")]


async def test_a_model_that_dies_unheard_retracts_nothing():
    heard = Heard()
    with pytest.raises(ModelUnavailableError):
        await ask(Pool({"a": ScriptedModel([OUT])}), request(), listener=heard)
    assert heard.events == ["started a"]


async def test_a_stream_that_ends_without_its_last_event_is_no_answer():
    with pytest.raises(UnusableAnswerError, match="ended"):
        await ask(Pool({"a": ScriptedModel([delta("Hello")])}), request(), listener=Heard())


async def test_silence_between_two_events_ends_a_stream():
    heard = Heard()
    pool = Pool({"a": ScriptedModel([delta("Hello"), for_ever])})
    with pytest.raises(ModelUnavailableError, match="silence"):
        await ask(pool, request(), listener=heard, stall_seconds=0.05)
    assert heard.events == ["started a", "Hello", "retracted"]


async def test_a_slow_listener_uses_up_none_of_the_models_time():
    class Slow(Heard):
        async def delta(self, text: str) -> None:
            await super().delta(text)
            await asyncio.sleep(0.1)

    heard = Slow()
    pool = Pool({"a": ScriptedModel([delta("Hi"), delta(" there"), completed("Hi there")])})
    answer = await ask(pool, request(), listener=heard, stall_seconds=0.05)

    assert response_text(answer.response) == "Hi there"
    assert heard.events == ["started a", "Hi", " there"]


async def test_trouble_after_the_whole_answer_does_no_harm():
    pool = Pool({"a": ScriptedModel([completed("Hi"), OUT])})
    answer = await ask(pool, request(), listener=Heard())
    assert response_text(answer.response) == "Hi"


async def test_a_stream_without_a_way_to_close_it_is_read_all_the_same():
    class Plain(ScriptedModel):
        def stream_response(self, *args, **named):
            return Events(completed("Hi"))

    class Events:
        def __init__(self, *events):
            self.events = list(events)

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.events:
                raise StopAsyncIteration
            return self.events.pop(0)

    answer = await ask(Pool({"a": Plain()}), request(), listener=Heard())
    assert response_text(answer.response) == "Hi"


async def test_a_failing_listener_is_no_fault_of_the_model():
    class Deaf(Heard):
        async def delta(self, text):
            raise StorageError("down")

    pool = Pool({"a": ScriptedModel([delta("He")]), "b": ScriptedModel()})
    with pytest.raises(StorageError):
        await ask(pool, request(), listener=Deaf())
    assert pool.asked == ["a"]


async def test_a_cancelled_call_is_cancelled_and_passes_nobody_over():
    asked = asyncio.Event()

    async def silent():
        asked.set()
        await for_ever()

    pool = Pool({"a": ScriptedModel([silent]), "b": ScriptedModel()})
    task = asyncio.create_task(ask(pool, request(), listener=Heard()))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool.asked == ["a"]


async def test_streams_are_asked_to_count_their_tokens_unless_told_otherwise():
    model = ScriptedModel([completed("Hi")], [completed("Hi")])
    pool = Pool({"a": model})
    await ask(pool, request(), listener=Heard())
    refusing = request()
    refusing.model_settings.include_usage = False
    await ask(pool, refusing, listener=Heard())
    assert [settings.include_usage for settings in model.settings] == [True, False]


async def test_the_same_request_is_answered_from_the_cache_at_no_cost():
    pool, kept = Pool({"gpt-5": ScriptedModel("Hi")}), Kept()
    first = await ask(pool, request(cached=True), cache=kept)
    again = await ask(pool, request(cached=True), cache=kept)
    assert (first.from_cache, again.from_cache, again.cost_usd) == (False, True, 0)
    assert again.response.output == first.response.output
    assert again.response.response_id is None


async def test_a_listener_hears_a_cached_answer_too():
    pool, kept, heard = Pool({"a": ScriptedModel("Hi")}), Kept(), Heard()
    await ask(pool, request(cached=True), cache=kept)
    await ask(pool, request(cached=True), cache=kept, listener=heard)
    assert heard.events == ["started a", "Hi"]


async def test_without_consent_nothing_is_cached():
    kept = Kept()
    await ask(Pool({"a": ScriptedModel("Hi")}), request(), cache=kept)
    assert kept.texts == {}


async def test_offline_answers_are_not_cached():
    kept = Kept()
    pool = Pool({"offline": ScriptedModel()}, offline=ScriptedModel("By rule"))
    await ask(pool, request(cached=True), cache=kept)
    assert kept.texts == {}


async def test_an_answer_that_does_not_fit_its_type_is_not_cached_and_is_logged(caplog):
    kept, asked = Kept(), request(cached=True, output_schema=AgentOutputSchema(Pick))
    pool = Pool({"a": ScriptedModel("no JSON", '{"index":1,"reason":"it"}')})
    await ask(pool, asked, cache=kept)
    good = await ask(pool, asked, cache=kept)
    again = await ask(pool, asked, cache=kept)
    assert (good.from_cache, again.from_cache) == (False, True)
    assert pool.fits == [False, True]  # what comes from the cache says nothing of the service
    assert "SEGUE_OPENAI_API" in caplog.text


async def test_another_service_is_another_model():
    kept, asked = Kept(), request(cached=True)
    await ask(Pool({"a": ScriptedModel("Hi")}), asked, cache=kept)
    there = Pool({"a": ScriptedModel("Ho")}, service="there")
    assert not (await ask(there, asked, cache=kept)).from_cache


async def test_a_failed_answer_is_not_cached():
    kept = Kept()
    with pytest.raises(UnusableAnswerError):
        await ask(Pool({"a": ScriptedModel("")}), request(cached=True), cache=kept)
    assert kept.texts == {}
