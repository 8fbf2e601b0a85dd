"""Turns that are watched, from the first word to the end: real HTTP, Temporal and SQL."""

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from segue.errors.temporal import TemporalUnreachableError
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.workflow.approvals import ApprovalPolicy, Decision
from segue.runs.workflow.thread_state import Message
from segue.sessions.events.contracts import TurnEvent, folded_text
from segue.sessions.events.fanout import TurnEvents
from tests.fakes.programs.openai_server.faults import bad_request
from tests.fakes.programs.openai_server.steps import Step, text, tokens, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld

FIRST_DELTA_S = 0.5  # the issue says 0.15, which benchmarks measure; this machine is shared
ANSWER = "A text of some length, so that it comes in several pieces, one after the other."
PAY = tool_calls([("transfer", {"amount": 100})])
TOKENS = 50_000
HISTORY_BYTES = 100_000
TOLD = {"turn.started", "tool.call", "tool.result", "approval.requested", "approval.decided"}


@dataclass
class Viewer:
    """Somebody who watches a turn.

    Attributes:
        seen: What came, each with the moment in epoch seconds.
    """

    turn: str
    events: TurnEvents
    after: int = 0
    seen: list[tuple[TurnEvent, float]] = field(default_factory=list[tuple[TurnEvent, float]])

    async def watch(self) -> list[TurnEvent]:
        """Everything up to the end."""
        async for event in self.events.follow(self.turn, self.after):
            if event is not None:
                self.seen.append((event, time.time()))
        return [event for event, _ in self.seen]


@pytest.fixture
async def hub(agents: AgentWorld) -> AsyncGenerator[TurnEvents]:
    """What a face has: one reader for each turn that is watched."""
    events = TurnEvents(agents.ports.events)
    yield events
    await events.aclose()


@asynccontextmanager
async def watched(hub: TurnEvents, turn: str) -> AsyncGenerator[asyncio.Task[list[TurnEvent]]]:
    """A viewer who came before the turn began; its end comes soon after the reply."""
    task = asyncio.create_task(Viewer(turn, hub).watch())
    yield task
    async with asyncio.timeout(20):
        await task


def seen_by_all(words: str) -> Message:
    return say(words).model_copy(update={"turn": uuid4().hex})


def kinds(events: Sequence[TurnEvent]) -> list[str]:
    return [event.kind for event in events]


async def played(world: AgentWorld, hub: TurnEvents, steps: Sequence[Step]) -> list[TurnEvent]:
    """What a viewer sees of a turn in which the model plays ``steps``."""
    await world.openai.script("a", steps)
    async with world.worker([Chat], TOOLS):
        chat = await world.start(Chat.run, chat_setup("a"))
        message = seen_by_all("Go.")
        async with watched(hub, message.turn or "") as viewer:
            outcome = await send_message(chat, message)
        events = viewer.result()
    if outcome.ok:
        assert folded_text(events) == outcome.output
    return events


async def test_the_first_words_are_seen_while_the_model_still_speaks(
    agents: AgentWorld, hub: TurnEvents
):
    delays: list[float] = []
    await agents.openai.script("a", [text(ANSWER, hold_after=1, times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        for turn in range(5):
            message = seen_by_all("Go.")
            viewer = Viewer(message.turn or "", hub)
            watching = asyncio.create_task(viewer.watch())
            reply = asyncio.create_task(send_message(chat, message))
            await until(lambda: _has_words(viewer), "the first words")  # noqa: B023 - awaited within the round
            assert not reply.done()
            call = (await agents.openai.calls("a"))[turn]
            await agents.openai.release("a")
            events, outcome = await watching, await reply
            assert folded_text(events) == outcome.output == ANSWER
            first = next(at for event, at in viewer.seen if event.kind == "text.delta")
            delays.append(first - (call.first_delta_at or 0.0))
    print(f"first words after {[f'{1000 * delay:.0f} ms' for delay in delays]}")  # noqa: T201 - a figure for the reader
    assert statistics.median(delays) < FIRST_DELTA_S


async def test_an_answer_that_breaks_off_is_taken_back_and_the_next_try_is_seen(
    agents: AgentWorld, hub: TurnEvents
):
    events = await played(agents, hub, [text(ANSWER, line="cut", after_chunks=3), text(ANSWER)])

    assert [event.attempt for event in events if event.kind == "attempt.started"] == [1, 2]
    first = [event for event in events if event.attempt == 1 and event.kind.startswith("text.")]
    assert ANSWER.startswith(folded_text(first[:-1]))
    assert folded_text(first[:-1])
    assert first[-1].kind == "text.reset"
    assert kinds(events)[-1] == "turn.completed"


async def test_a_viewer_who_comes_back_misses_nothing_and_sees_nothing_twice(
    agents: AgentWorld, hub: TurnEvents
):
    await agents.openai.script("a", [text(ANSWER, hold_after=2)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        message = seen_by_all("Go.")
        turn = message.turn or ""
        leaving = Viewer(turn, hub)
        gone = asyncio.create_task(leaving.watch())
        reply = asyncio.create_task(send_message(chat, message))
        await until(lambda: _has_words(leaving), "the first words")
        gone.cancel()
        await asyncio.wait({gone})
        before = [event for event, _ in leaving.seen]
        await agents.openai.release("a")
        outcome = await reply
        after = await Viewer(turn, hub, after=before[-1].seq).watch()
    events = [*before, *after]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert folded_text(events) == outcome.output == ANSWER


async def test_50_000_tokens_are_one_call_and_a_small_history_for_12_viewers(
    agents: AgentWorld, hub: TurnEvents
):
    await agents.openai.script("a", [tokens(TOKENS)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        message = seen_by_all("Go.")
        viewers = [asyncio.create_task(Viewer(message.turn or "", hub).watch()) for _ in range(12)]
        began = time.monotonic()
        outcome = await send_message(chat, message)
        replied = time.monotonic() - began
        async with asyncio.timeout(60):
            seen = await asyncio.gather(*viewers)
        waited = time.monotonic() - began - replied
        history = await chat.fetch_history()
    size = sum(event.ByteSize() for event in history.events)
    print(f"replied in {replied:.1f} s, viewers {waited:.1f} s later, history {size:,} bytes")  # noqa: T201 - a figure for the reader
    assert outcome.ok
    assert outcome.shortened
    assert await agents.openai.count("a") == 1
    assert outcome.spent.output_tokens == TOKENS
    assert size < HISTORY_BYTES
    (kept,) = await agents.ports.conversations.read(
        outcome.log.id, [(outcome.text_seq or 0, outcome.text_seq or 0)]
    )
    whole = kept["content"][0]["text"]
    assert len(whole.split()) == TOKENS
    assert [folded_text(events) == whole for events in seen] == [True] * 12


async def test_a_sender_who_waited_long_enough_asks_again_for_the_same_reply(agents: AgentWorld):
    await agents.openai.script("a", [text(ANSWER, hold_after=0)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        message = say("Go.")
        with pytest.raises(TemporalUnreachableError, match="No reply within"):
            await send_message(chat, message, within=timedelta(seconds=0.5))
        await agents.openai.release("a")
        assert (await send_message(chat, message)).output == ANSWER
    assert await agents.openai.count("a") == 1


async def test_a_turn_that_fails_says_so_last(agents: AgentWorld, hub: TurnEvents):
    events = await played(agents, hub, [bad_request(times=None)])

    assert kinds(events)[0] == "turn.started"
    assert kinds(events)[-1] == "turn.failed"
    assert events[-1].data["status"] == "model.invalid_request"


async def test_a_turn_tells_of_its_tools_and_of_the_people_it_asks_in_order(
    agents: AgentWorld, hub: TurnEvents
):
    await agents.openai.script("a", [PAY, text("Paid.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        message = seen_by_all("Pay.")
        async with watched(hub, message.turn or "") as viewer:
            reply = asyncio.create_task(send_message(chat, message))

            async def asked() -> bool:
                return bool(await pending_approvals(chat))

            await until(asked, "a question")
            (request,) = await pending_approvals(chat)
            await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
            assert (await reply).output == "Paid."
        events = viewer.result()

    told = {event.kind: event for event in events if event.kind in TOLD}
    assert [kind for kind in kinds(events) if kind in TOLD] == [
        "turn.started",
        "tool.call",
        "approval.requested",
        "approval.decided",
        "tool.result",
    ]
    question, answer = told["approval.requested"].data, told["approval.decided"].data
    assert question["id"] == answer["id"] == request.id
    assert (question["tool"], question["arguments"]) == ("transfer", '{"amount": 100}')
    assert answer["outcome"] == "approved"
    assert told["tool.call"].data["call_id"] == told["tool.result"].data["call_id"]
    assert told["tool.result"].data["error"] is None
    assert kinds(events)[-1] == "turn.completed"
    assert folded_text(events) == "Paid."


async def test_viewers_are_told_when_somebody_else_is_asked(agents: AgentWorld, hub: TurnEvents):
    await agents.openai.script("a", [PAY, text("Not paid.")])
    policy = ApprovalPolicy(
        wait_seconds=0.2, on_timeout="escalate", escalate_to="boss", escalation_seconds=0.2
    )
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True, approvals=policy))
        message = seen_by_all("Pay.")
        async with watched(hub, message.turn or "") as viewer:
            assert (await send_message(chat, message)).output == "Not paid."
    told = [
        event.data.get("asked_of", event.data.get("outcome"))
        for event in viewer.result()
        if event.kind.startswith("approval.")
    ]
    assert told == ["", "escalated", "boss", "expired"]


def _has_words(viewer: Viewer) -> bool:
    return any(event.kind == "text.delta" for event, _ in viewer.seen)
