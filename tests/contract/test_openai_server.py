"""The scripted server speaks OpenAI's API: OpenAI's own client reads what the script says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import openai
import pytest
from openai import AsyncOpenAI

from tests.fakes.programs.openai import ScriptedOpenAI, running_openai
from tests.fakes.programs.openai_server.faults import long_answer, stall
from tests.fakes.programs.openai_server.said import Api, ask
from tests.fakes.programs.openai_server.steps import (
    Reasoning,
    Refusal,
    Step,
    Text,
    ToolCall,
    Usage,
    UseTool,
    echo,
    handoff,
    reasoned,
    refusal,
    structured,
    text,
    tokens,
    tool_calls,
    use_tool,
    words,
)
from tests.fakes.waiting import children, is_alive, until

both_apis = pytest.mark.parametrize("api", ["responses", "chat"])
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
async def client(scripted_openai: ScriptedOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key="talk", base_url=scripted_openai.base_url, max_retries=0
    ) as opened:
        yield opened


@both_apis
@both_ways
async def test_a_text_arrives_word_for_word(scripted_openai, client, api: Api, *, streamed: bool):
    await scripted_openai.script("talk", [text("Grüße aus Rom, und noch zwei Wörter. 🎵")])

    said = await ask(client, api, streamed=streamed)

    assert said.text == "Grüße aus Rom, und noch zwei Wörter. 🎵"
    assert said.finish == ("completed" if api == "responses" else "stop")
    assert "".join(said.deltas) == (said.text if streamed else "")


@both_apis
@both_ways
async def test_several_tool_calls_come_in_one_answer(
    scripted_openai, client, api: Api, *, streamed: bool
):
    calls = tool_calls([("weather", {"city": "Rome, by the sea"}), ("time", "{}")])
    await scripted_openai.script("talk", [calls])

    said = await ask(client, api, streamed=streamed)

    assert said.calls == [("weather", '{"city": "Rome, by the sea"}'), ("time", "{}")]
    assert said.finish == ("completed" if api == "responses" else "tool_calls")


@both_apis
@both_ways
async def test_reasoning_refusal_text_and_calls_can_share_an_answer(
    scripted_openai, client, api: Api, *, streamed: bool
):
    parts = (Reasoning(text="Hm."), Text(text="Yes."), Refusal(text="No."), ToolCall(name="look"))
    await scripted_openai.script("talk", [Step(parts=parts)])

    said = await ask(client, api, streamed=streamed)

    assert (said.reasoning, said.text, said.refusal) == ("Hm.", "Yes.", "No.")
    assert said.calls == [("look", "{}")]


@both_apis
@both_ways
async def test_scripted_usage_is_what_the_client_reads(
    scripted_openai, client, api: Api, *, streamed: bool
):
    usage = Usage(input=1200, cached=1000, output=34, reasoning=30)
    await scripted_openai.script("talk", [text("Counted.", usage=usage)])

    said = await ask(client, api, streamed=streamed)

    assert said.usage == (1200, 1000, 34, 30)


async def test_a_chat_stream_tells_no_usage_unless_asked(scripted_openai, client):
    await scripted_openai.script("talk", [text("Uncounted.")])

    stream = await client.chat.completions.create(
        model="gpt-any", messages=[{"role": "user", "content": "Hello"}], stream=True
    )

    assert [chunk.usage async for chunk in stream if chunk.usage] == []


async def test_a_streamed_response_has_the_events_of_the_real_one_in_order(scripted_openai, client):
    answer = Step(parts=(*reasoned("Hm.", "Yes.").parts, ToolCall(name="look")))
    await scripted_openai.script("talk", [answer])

    said = await ask(client, "responses", streamed=True)

    assert [kind.removeprefix("response.") for kind in said.kinds] == [
        *("created", "in_progress"),
        *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"),
        *("reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"),
        *("output_item.added", "content_part.added", "output_text.delta"),
        *("output_text.done", "content_part.done", "output_item.done"),
        *("output_item.added", "function_call_arguments.delta"),
        *("function_call_arguments.done", "output_item.done", "completed"),
    ]


async def test_the_short_forms_of_steps_say_what_they_mean(scripted_openai, client):
    steps = [handoff("Billing Agent"), structured({"title": "Jolene"}), refusal("No.")]
    await scripted_openai.script("talk", steps)

    answers = [await ask(client, "responses", streamed=False) for _ in steps]

    assert answers[0].calls == [("transfer_to_billing_agent", "{}")]
    assert answers[1].text == '{"title": "Jolene"}'
    assert answers[2].refusal == "No."


async def test_steps_play_in_order_and_a_script_ends(scripted_openai, client):
    await scripted_openai.script("talk", [text("a"), text("b", times=2)])

    texts = [(await ask(client, "chat", streamed=False)).text for _ in range(3)]
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(client, "chat", streamed=False)

    assert texts == ["a", "b", "b"]
    assert refused.value.code == "script_ended"
    assert [call.step for call in await scripted_openai.calls("talk")] == [0, 1, 1, None]


async def test_a_step_without_an_end_answers_for_ever(scripted_openai, client):
    await scripted_openai.script("talk", [text("first"), echo(times=None)])

    texts = [
        (await ask(client, "responses", streamed=False, content=f"Turn {n}")).text
        for n in range(20)
    ]

    assert texts == ["first", *(f"Turn {n}" for n in range(1, 20))]


async def test_random_words_are_new_in_each_call_and_the_same_in_each_run(scripted_openai, client):
    runs: list[list[str]] = []
    for _ in range(2):
        await scripted_openai.script("talk", [words(2048, times=None)])
        runs.append([(await ask(client, "responses", streamed=False)).text for _ in range(5)])

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 5
    assert {len(said) for said in runs[0]} == {2048}


@both_apis
async def test_a_text_of_so_many_tokens_comes_one_token_a_delta(scripted_openai, client, api: Api):
    await scripted_openai.script("talk", [tokens(500)])

    said = await ask(client, api, streamed=True)

    assert len(said.deltas) == 500
    assert said.usage is not None
    assert said.usage[2] == 500


async def test_a_tool_is_used_so_often_in_each_turn_and_then_the_answer_comes(
    scripted_openai, client
):
    rule = UseTool(tool="look", arguments='{"page": $n}', times=2)
    await scripted_openai.script("talk", [use_tool(rule, times=None)])
    items: list[dict[str, object]] = []
    seen: list[str] = []

    for turn in ("one", "two"):
        items.append({"role": "user", "content": [{"type": "input_text", "text": turn}]})
        for _ in range(3):
            answer = await client.responses.create(model="gpt-any", input=items)
            output = answer.output[0]
            items.append(output.model_dump(exclude_none=True))
            if output.type == "function_call":
                seen.append(output.arguments)
                items.append({
                    "type": "function_call_output",
                    "call_id": output.call_id,
                    "output": "found",
                })
            else:
                seen.append(answer.output_text)

    assert seen == ['{"page": 1}', '{"page": 2}', "one", '{"page": 1}', '{"page": 2}', "two"]


async def test_the_script_is_chosen_by_mark_then_model_then_key(scripted_openai, client):
    for name in ("talk", "gpt-b", "marked"):
        await scripted_openai.script(name, [text(name, times=None)])

    models = ("gpt-scripted:marked", "gpt-b", "gpt-unknown")
    texts = [(await ask(client, "chat", streamed=False, model=model)).text for model in models]

    assert texts == ["marked", "gpt-b", "talk"]
    assert [model.id async for model in client.models.list()] == ["talk", "gpt-b", "marked"]


async def test_a_request_that_finds_no_script_is_refused_and_recorded(scripted_openai, client):
    with pytest.raises(openai.NotFoundError) as refused:
        await ask(client, "responses", streamed=False)

    assert refused.value.code == "model_not_found"
    assert "talk" not in str(refused.value)  # it is a key
    assert await scripted_openai.count("?") == 1


async def test_a_call_is_recorded_whole_with_its_times(scripted_openai, client):
    await scripted_openai.script("talk", [text("late", first_byte_after_s=0.2)])

    await ask(client, "chat", streamed=True, content="What is it?")

    (call,) = await scripted_openai.calls("talk")
    assert call.headers["authorization"] == "Bearer talk"
    assert call.body is not None
    assert call.body["messages"] == [{"role": "user", "content": "What is it?"}]
    assert (call.api, call.model, call.streamed) == ("chat", "gpt-any", True)
    assert call.outcome == "answered"
    assert call.first_byte_at is not None
    assert call.first_delta_at is not None
    assert call.ended_at is not None
    assert call.received_at + 0.19 <= call.first_byte_at <= call.first_delta_at <= call.ended_at


async def test_only_the_newest_bodies_are_kept(scripted_openai, client):
    await scripted_openai.script("talk", [echo(times=None)], keep_bodies=2)

    for _ in range(5):
        await ask(client, "chat", streamed=False)

    calls = await scripted_openai.calls("talk")
    assert [call.body is not None for call in calls] == [False, False, False, True, True]
    assert all(call.body_bytes > 0 for call in calls)


@both_apis
async def test_a_client_that_leaves_mid_answer_was_still_counted(scripted_openai, api: Api):
    await scripted_openai.script("talk", [stall()])

    async with AsyncOpenAI(
        api_key="talk", base_url=scripted_openai.base_url, max_retries=0, timeout=0.3
    ) as impatient:
        with pytest.raises(openai.APITimeoutError):
            await ask(impatient, api, streamed=True)

    async def is_gone() -> bool:
        return [call.outcome for call in await scripted_openai.calls("talk")] == ["gone"]

    await until(is_gone, "the server notices that its client has left")


async def test_every_one_of_many_calls_at_once_is_counted_and_answered(scripted_openai, client):
    await scripted_openai.script("talk", [words(300, times=None)])

    answers = await asyncio.gather(*(ask(client, "chat", streamed=True) for _ in range(100)))

    assert len({said.text for said in answers}) == 100
    assert await scripted_openai.count("talk") == 100


@pytest.mark.parametrize("after", [0, 1])
@both_apis
async def test_a_held_answer_goes_on_when_it_is_released(scripted_openai, client, api: Api, after):
    held = text("First half, second half.", hold_after=after)
    await scripted_openai.script("talk", [held])

    asking = asyncio.create_task(ask(client, api, streamed=True))

    async def is_held() -> bool:
        return [call.outcome for call in await scripted_openai.calls("talk")] == ["held"]

    await until(is_held, "the answer is held")
    (call,) = await scripted_openai.calls("talk")
    assert (call.first_delta_at is None) == (after == 0)
    await scripted_openai.release("talk")
    assert (await asking).text == "First half, second half."


async def test_an_answer_that_does_not_stream_is_held_before_it_begins(scripted_openai, client):
    await scripted_openai.script("talk", [text("Held.", hold_after=3)])
    await scripted_openai.release("talk")  # before it is held: it counts all the same

    said = await ask(client, "responses", streamed=False)

    (call,) = await scripted_openai.calls("talk")
    assert (said.text, call.held) == ("Held.", True)


async def test_chunks_come_at_the_pace_that_was_asked_for(scripted_openai, client):
    await scripted_openai.script("talk", [text("abcdef", chunk_chars=2, between_chunks_s=0.05)])

    said = await ask(client, "responses", streamed=True)

    (call,) = await scripted_openai.calls("talk")
    assert said.deltas == ["ab", "cd", "ef"]
    assert call.ended_at is not None
    assert call.first_delta_at is not None
    assert call.ended_at - call.first_delta_at >= 0.09


async def test_a_long_answer_holds_up_nobody_else(scripted_openai, client):
    await scripted_openai.script("talk", [long_answer(10_000)])
    await scripted_openai.script("gpt-quick", [text("Quick.", times=None)])
    long = asyncio.create_task(ask(client, "responses", streamed=True))

    quick = await ask(client, "chat", streamed=False, model="gpt-quick")

    assert quick.text == "Quick."
    assert not long.done()
    assert len((await long).deltas) == 10_000


async def test_a_script_with_an_unknown_field_is_refused(scripted_openai):
    with pytest.raises(AssertionError, match="422"):
        await scripted_openai._ask("POST", "", content='{"name": "x", "steps": [{"txt": 1}]}')


async def test_a_reset_forgets_scripts_and_calls_but_ids_stay_unique(scripted_openai, client):
    await scripted_openai.script("talk", [text("a")])
    first = await client.responses.create(model="gpt-any", input="Hello")
    await scripted_openai.reset()
    with pytest.raises(AssertionError, match="404"):
        await scripted_openai.calls("talk")
    await scripted_openai.script("talk", [text("a")])

    second = await client.responses.create(model="gpt-any", input="Hello")

    assert first.id != second.id
    assert await scripted_openai.count("talk") == 1


async def test_the_process_is_gone_after_its_block_even_with_a_client_waiting():
    async with AsyncExitStack() as clients:
        async with running_openai() as server:
            pid = _server_pid()
            client = await clients.enter_async_context(
                AsyncOpenAI(api_key="talk", base_url=server.base_url, max_retries=0)
            )
            await server.script("talk", [stall()])
            waiting = asyncio.create_task(ask(client, "chat", streamed=True))

            async def has_come() -> bool:
                return await server.count("talk") == 1

            await until(has_come, "the call has come")
            assert is_alive(pid)
        with pytest.raises(openai.APIConnectionError):
            await waiting
    assert not is_alive(pid)


async def test_the_process_is_gone_after_a_block_that_failed():
    pids: list[int] = []

    async def fail_with_a_server() -> None:
        async with running_openai():
            pids.append(_server_pid())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_with_a_server()

    assert not is_alive(pids[0])


def _server_pid() -> int:
    """Of the youngest server that this process has started."""
    return children("openai_server")[-1].pid
