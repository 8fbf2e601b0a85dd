"""Chats by the typed surface: accepted at once, each answered once, remembered for ever."""

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest

from segue.assistant.contracts import Caller, OwnedThread, ReplyView
from segue.assistant.service.assistant import AssistantService
from segue.assistant.store import ThreadStore
from segue.assistant.wire.payloads import turn_name
from segue.errors.conversation import (
    ConversationBusyError,
    ConversationEndedError,
    ConversationNotFoundError,
)
from segue.errors.input import InputError
from segue.errors.run import TurnInterruptedError
from segue.llm.config import LlmConfig
from segue.runs.events import Event
from segue.runs.workflow.thread_state import Reply
from segue.sessions.events.contracts import folded_text
from tests.fakes.programs.openai_server.steps import text
from tests.fakes.waiting import until
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import (
    ANN,
    SOON,
    HeldWeather,
    begin,
    chat_service,
    chat_world,
    new_thread,
    reply_to,
    told,
)

BOB = Caller("bob")


@pytest.fixture
def weather() -> HeldWeather:
    """It is held in the tests that ask for it."""
    return HeldWeather()


@pytest.fixture
async def world(
    temporal_server, scripted_openai, sqlite_database, weather: HeldWeather
) -> AsyncGenerator[AgentWorld]:
    """The assistant with its offline model."""
    async with chat_world(
        temporal_server, scripted_openai, sqlite_database, weather=weather
    ) as made:
        yield made
        weather.free.set()


@pytest.fixture
async def chats(world: AgentWorld) -> AsyncGenerator[AssistantService]:
    """What faces have of it."""
    async with chat_service(world) as service:
        yield service


async def test_a_hundred_messages_at_once_get_a_hundred_replies_each_its_own(
    chats: AssistantService, world: AgentWorld
):
    thread = new_thread()
    await chats.post(ANN, thread, "Calculate 7 * 1000", message_id="first")

    async def client(number: int) -> ReplyView:
        await chats.post(ANN, thread, f"Calculate {number} * 10", message_id=f"m{number}")
        return await reply_to(chats, thread, f"m{number}")

    replies = await asyncio.gather(*(client(number) for number in range(100)))
    last = await told(chats, thread, "What did I say first?")
    again = await chats.post(ANN, thread, "Calculate 7 * 1000", message_id="first")
    first = await chats.reply(ANN, thread, "first")
    described = (await world.client.get_workflow_handle(thread).describe()).raw_description
    turns = await world.ports.conversations.turns(thread)

    assert [reply.text for reply in replies] == [f"The result is {n * 10}." for n in range(100)]
    assert sorted(reply.turn for reply in replies) == list(range(2, 102))
    assert described.workflow_execution_info.first_run_id != (
        described.workflow_execution_info.execution.run_id
    )
    assert last.text == "You said first: Calculate 7 * 1000"
    # Its reply is in the database alone by now; nothing runs for it again.
    assert again.answered
    assert first is not None
    assert (first.text, first.turn, first.tools) == ("The result is 7000.", 1, ("calculator",))
    assert first.offline
    assert first.spent.tool_calls == 1
    assert len(turns) == 102


async def test_a_message_sent_again_gives_the_same_reply_and_runs_nothing(
    chats: AssistantService, world: AgentWorld
):
    thread = new_thread()
    accepted = await asyncio.gather(
        *(chats.post(ANN, thread, "Calculate 2 + 2", message_id="a") for _ in range(5))
    )
    replies = [await reply_to(chats, thread, "a") for _ in range(3)]
    chat = world.client.get_workflow_handle(thread)
    raw = await chat.query("get_reply", "a", result_type=Reply)

    assert raw.outcome is not None
    assert raw.outcome.output == replies[0].text
    assert {each.turn for each in accepted} == {turn_name(thread, "a")}
    assert len({reply.model_dump_json() for reply in replies}) == 1
    assert len(await world.ports.conversations.turns(thread)) == 1


async def test_a_first_message_goes_on_with_the_thread_that_another_began_at_the_same_time(
    chats: AssistantService, world: AgentWorld
):
    class Late(ThreadStore):
        """Its first answer is old when it comes."""

        async def of(self, thread: str, owner: str | None) -> OwnedThread:
            try:
                return await super().of(thread, owner)
            except ConversationNotFoundError:
                await chats.post(ANN, thread, "Calculate 2 + 2", message_id="a")
                raise

    thread = new_thread()
    async with chat_service(world, threads=Late(world.database, time.time)) as late:
        accepted = await late.post(ANN, thread, "Calculate 3 + 3", message_id="b")
        reply = await reply_to(chats, thread, "b")

    assert accepted.turn == turn_name(thread, "b")
    assert reply.text == "The result is 6."
    with pytest.raises(ConversationNotFoundError):
        await chats.post(BOB, thread, "Calculate 3 + 3", message_id="c")


async def test_a_message_takes_the_turn_of_the_one_before_where_the_thread_is_set_so(
    chats: AssistantService, world: AgentWorld, weather: HeldWeather
):
    thread = (await chats.open(ANN, while_busy="interrupt")).id
    await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
    await weather.asked.wait()
    second = await told(chats, thread, "Calculate 2 + 2")
    first = await reply_to(chats, thread, "a")
    items = [item for _, item in (await world.ports.conversations.show(thread)).items]
    outputs = [item for item in items if item.get("type") == "function_call_output"]

    assert second.text == "The result is 4."
    assert first.failure is not None
    assert (first.failure.code, first.turn) == (TurnInterruptedError.code, 1)
    assert first.tools == ("weather",)
    assert "interrupted" in str(outputs[0]["output"])
    assert (await told(chats, thread, "What did I say first?")).text.endswith("Weather in Rome?")


async def test_a_model_that_is_still_answering_is_interrupted(
    temporal_server, scripted_openai, sqlite_database
):
    await scripted_openai.script("m", [text("Too late.", hold_after=0), text("Second.")])
    config = LlmConfig(
        model="gpt-scripted:m", openai_base_url=scripted_openai.base_url, openai_api_key="test"
    )

    async def is_asked() -> bool:
        return bool(await scripted_openai.count("m"))

    async with (
        chat_world(temporal_server, scripted_openai, sqlite_database, config=config) as world,
        chat_service(world) as chats,
    ):
        thread = (await chats.open(ANN, while_busy="interrupt")).id
        await chats.post(ANN, thread, "One.", message_id="a")
        await until(is_asked, "the model is asked")
        second = await told(chats, thread, "Two.")
        first = await reply_to(chats, thread, "a")

    assert (second.text, second.turn) == ("Second.", 2)
    assert first.failure is not None
    assert (first.failure.code, first.turn) == (TurnInterruptedError.code, 1)


async def test_an_interruption_that_comes_after_the_answer_was_stored_finds_it_answered(
    temporal_server, scripted_openai, sqlite_database
):
    stored, free = asyncio.Event(), asyncio.Event()

    async def hold_first(event: Event) -> None:
        if event.type == "turn.ended" and not stored.is_set():
            stored.set()  # by the model's activity, which has not returned yet
            await free.wait()

    world = chat_world(temporal_server, scripted_openai, sqlite_database, announce=hold_first)
    async with world as world, chat_service(world) as chats:
        thread = (await chats.open(ANN, while_busy="interrupt")).id
        await chats.post(ANN, thread, "What's up?", message_id="a")
        await stored.wait()
        second = await told(chats, thread, "Calculate 2 + 2")
        first = await reply_to(chats, thread, "a")
        free.set()
        turns = await world.ports.conversations.turns(thread)
        events = [event async for event in chats.follow(ANN, thread, "a")]

    assert (second.text, second.turn) == ("The result is 4.", 2)
    assert (first.failure, first.turn) == (None, 1)
    assert first.text.startswith("I answer without a model")
    assert first.offline
    assert [turn.status for turn in turns] == ["ok", "ok"]
    assert [event.kind for event in events if event][-1] == "turn.completed"


async def test_a_message_is_refused_while_another_is_answered_where_the_thread_is_set_so(
    chats: AssistantService, weather: HeldWeather
):
    thread = (await chats.open(ANN, while_busy="reject")).id
    await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
    await weather.asked.wait()
    with pytest.raises(ConversationBusyError):
        await chats.post(ANN, thread, "Calculate 2 + 2")
    again = await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
    weather.free.set()

    assert not again.answered
    assert (await reply_to(chats, thread, "a")).text.startswith("The weather in Rome: 24 °C")


async def test_an_end_answers_what_waits_and_a_later_message_goes_on_with_the_memory(
    chats: AssistantService, world: AgentWorld, weather: HeldWeather
):
    thread = new_thread()
    await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
    await chats.post(ANN, thread, "Calculate 2 + 2", message_id="b")
    await weather.asked.wait()
    await chats.end(ANN, thread)
    with pytest.raises(ConversationEndedError):
        await chats.post(ANN, thread, "Calculate 3 + 3")
    view = await chats.thread(ANN, thread)
    weather.free.set()
    assert await world.client.get_workflow_handle(thread).result() == "Conversation ended"
    replies = [await reply_to(chats, thread, name) for name in "ab"]
    closed = await chats.thread(ANN, thread)
    later = await told(chats, thread, "What did I say first?")
    stored = await chats.reply(ANN, thread, "b")

    assert (view.open, view.ended, [each.message_id for each in view.waiting]) == (
        *(True, True),
        ["a", "b"],
    )
    assert [reply.turn for reply in replies] == [1, 2]
    assert not closed.open
    assert later.text == "You said first: Weather in Rome?"
    assert stored == replies[1]


async def test_messages_that_nobody_could_answer_are_refused_before_anything_begins(
    chats: AssistantService,
):
    for words in ("", "  \n", "x" * 1_001):
        with pytest.raises(InputError):
            await chats.post(ANN, new_thread(), words)
    for thread in (" x", "x" * 201, "x\n"):
        with pytest.raises(InputError):
            await chats.open(ANN, thread)
    assert await chats.threads(ANN) == []


async def test_a_thread_is_its_owners_alone(chats: AssistantService):
    thread = new_thread()
    await told(chats, thread, "Calculate 2 + 2")
    asked = [
        chats.post(BOB, thread, "Hello"),
        chats.thread(BOB, thread),
        chats.end(BOB, thread),
        chats.reply(BOB, thread, "a"),
        chats.wait_for_reply(BOB, thread, "a", within=SOON),
        chats.approvals(BOB, thread),
        chats.history(BOB, thread),
        chats.export(BOB, thread, "json"),
        chats.fork(BOB, thread),
        chats.usage(BOB, thread),
    ]
    for question in asked:
        with pytest.raises(ConversationNotFoundError):
            await question
    with pytest.raises(ConversationNotFoundError):
        _ = [event async for event in chats.follow(BOB, thread, "a")]

    assert await chats.threads(BOB) == []
    assert (await chats.thread(Caller("root", sees_all=True), thread)).owner == "ann"


async def test_what_was_said_elsewhere_becomes_no_thread_of_somebody_else(
    chats: AssistantService, world: AgentWorld
):
    demo = await begin(world, initial_prompt="Calculate 2 + 2")
    await demo.execute_update("send_message", "Calculate 3 + 3", result_type=str)
    silent, stored, root = await begin(world), new_thread(), Caller("root", sees_all=True)
    await world.ports.conversations.open(stored)

    for taken in (demo.id, silent.id, stored):
        for question in (chats.open(BOB, taken), chats.post(BOB, taken, "Hello")):
            with pytest.raises(ConversationNotFoundError):
                await question
    adopted = await chats.open(root, demo.id)
    history = await chats.history(root, demo.id)

    assert await chats.threads(BOB) == []
    assert (adopted.owner, len(history.turns)) == ("root", 2)


async def test_a_message_that_a_terminated_chat_left_open_is_answered_when_sent_again(
    temporal_server, scripted_openai, sqlite_database, weather: HeldWeather
):
    thread = new_thread()
    async with (
        chat_world(
            temporal_server, scripted_openai, sqlite_database, weather=weather, forgets=True
        ) as world,
        chat_service(world) as chats,
    ):
        await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
        await weather.asked.wait()
        await world.client.get_workflow_handle(thread).terminate()
        with pytest.raises(ConversationNotFoundError):
            await chats.reply(ANN, thread, "a")
        weather.free.set()
        await chats.post(ANN, thread, "Weather in Rome?", message_id="a")
        reply = await reply_to(chats, thread, "a")
        dialogue = await chats.dialogue(ANN, thread)

    assert reply.text.startswith("The weather in Rome: 24 °C")
    assert [text for who, text in dialogue if who == "user"] == ["Weather in Rome?"]


async def test_a_turn_can_be_watched_and_taken_up_where_it_was_left(chats: AssistantService):
    thread = new_thread()
    await chats.post(ANN, thread, "Calculate 2 + 2", message_id="a")
    events = [event async for event in chats.follow(ANN, thread, "a")]
    rest = [event async for event in chats.follow(ANN, thread, "a", after=3)]

    assert folded_text(events) == "The result is 4."
    assert [event.seq for event in rest if event] == [e.seq for e in events if e and e.seq > 3]
    assert {"tool.call", "tool.result", "turn.completed"} <= {e.kind for e in events if e}


async def test_what_was_said_can_be_read_exported_forked_and_counted(chats: AssistantService):
    thread = new_thread()
    await told(chats, thread, "Calculate 2 + 2")
    await told(chats, thread, "Calculate 3 + 3")
    fork = await chats.fork(ANN, thread, after_turn=1)
    first = await told(chats, fork.id, "What did I say first?")
    listed = await chats.threads(ANN, limit=1)
    others = await chats.threads(ANN, after=listed[0].id)

    assert first.turn == 2
    assert first.text == "You said first: Calculate 2 + 2"
    assert len((await chats.history(ANN, thread)).turns) == 2
    assert "Calculate 3 + 3" in await chats.export(ANN, thread, "markdown")
    assert (await chats.usage(ANN, thread)).spent.tool_calls == 2
    assert [each.id for each in (*listed, *others)] == [fork.id, thread]


async def test_a_message_that_never_came_has_no_reply(chats: AssistantService):
    thread = new_thread()
    await told(chats, thread, "Calculate 2 + 2")
    with pytest.raises(ConversationNotFoundError):
        await chats.reply(ANN, thread, "never")
    with pytest.raises(ConversationNotFoundError):
        await chats.wait_for_reply(ANN, thread, "never", within=SOON)
    assert await chats.approvals(ANN, thread) == []
