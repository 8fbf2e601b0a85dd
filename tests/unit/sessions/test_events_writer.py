"""The writer keeps out of the model's way, whatever the table does."""

import asyncio

import pytest

from segue.errors.storage import StorageError
from segue.sessions.events.writer import TurnWriter
from tests.fakes.waiting import until


class Sink:
    """Takes batches; ``troubles`` are raised first, and an open ``gate`` lets one through."""

    def __init__(self, *troubles, shut_out=False):
        self.troubles = list(troubles)
        self.tried = []
        self.stored = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.shut_out = shut_out

    async def write(self, batch):
        self.tried.append(batch)
        await self.gate.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        if self.shut_out:
            return False
        self.stored.append(batch)
        return True

    @property
    def said(self):
        return [[(d.kind, d.data.get("text", "")) for d in b.drafts] for b in self.stored]


async def test_the_first_words_go_out_at_once_and_those_that_follow_together():
    sink = Sink()
    async with TurnWriter(sink, "t", 3, call=2) as writer:
        await writer.started("m")
        await until(lambda: bool(sink.stored), "the start")
        await writer.delta("Hello")
        await until(lambda: len(sink.stored) == 2, "the first words")
        for word in (" you", " there", ""):
            await writer.delta(word)
        await until(lambda: len(sink.stored) == 3, "the rest")

    assert sink.said == [
        [("attempt.started", "")],
        [("text.delta", "Hello")],
        [("text.delta", " you there")],
    ]
    assert [(b.turn, b.call, b.attempt, b.number) for b in sink.stored] == [
        ("t", 2, 3, number) for number in (1, 2, 3)
    ]


async def test_other_events_stay_in_order_with_the_words():
    sink = Sink()
    async with TurnWriter(sink, "t", 1) as writer:
        await writer.delta("a")
        await writer.delta("b")
        await writer.retracted()
        await writer.event("usage", {"text": "7"})
        await writer.delta("c")

    assert sink.said == [
        [("text.delta", "ab"), ("text.reset", ""), ("usage", "7"), ("text.delta", "c")]
    ]


async def test_an_attempt_that_says_nothing_writes_nothing():
    sink = Sink()
    async with TurnWriter(sink, "t", 1) as writer:
        await writer.delta("")

    assert sink.tried == []


async def test_the_model_never_waits_for_a_table_that_hangs(caplog):
    sink = Sink()
    sink.gate.clear()
    async with asyncio.timeout(5), TurnWriter(sink, "t", 1, patience_s=0.05) as writer:
        await writer.delta("a")
        await until(lambda: bool(sink.tried), "a try")
        for _ in range(1000):
            await writer.delta("b")

    assert (len(sink.tried), sink.stored) == (1, [])


async def test_words_wait_for_a_table_that_is_away_and_it_is_said_once(caplog):
    sink = Sink(StorageError("The table is away."), StorageError("The table is away."))
    async with TurnWriter(sink, "t", 1, patience_s=20) as writer:
        await writer.delta("secret")
        await until(lambda: bool(sink.tried), "a try")
        await writer.delta(" words")

    assert sink.said == [[("text.delta", "secret")], [("text.delta", " words")]]
    assert sink.tried[0] is sink.tried[1] is sink.tried[2]
    assert caplog.text.count("The table is away.") == 1
    assert "secret" not in caplog.text


async def test_a_table_that_is_away_at_the_end_costs_at_most_the_patience():
    sink = Sink(*(StorageError("The table is away.") for _ in range(1000)))
    async with asyncio.timeout(5), TurnWriter(sink, "t", 1, patience_s=0.05) as writer:
        await writer.delta("a")

    assert sink.stored == []


async def test_a_defect_costs_the_stream_and_not_the_answer(caplog):
    sink = Sink(TypeError("not JSON: secret"))
    async with TurnWriter(sink, "t", 1, patience_s=20) as writer:
        await writer.event("usage", {})
        await until(lambda: "TypeError" in caplog.text, "a complaint")
        await writer.delta("a")
        await writer.retracted()

    assert len(sink.tried) == 1
    assert "secret" not in caplog.text


async def test_an_attempt_that_is_shut_out_falls_silent():
    sink = Sink(shut_out=True)
    async with TurnWriter(sink, "t", 1) as writer:
        await writer.delta("a")
        await until(lambda: writer._shut_out, "the word that it is over")
        await writer.delta("b")
        await writer.started("m")

    assert len(sink.tried) == 1


async def test_what_was_said_before_a_failure_is_stored_and_the_failure_goes_on():
    sink = Sink()

    async def model_call():
        async with TurnWriter(sink, "t", 1) as writer:
            await writer.delta("a")
            raise ValueError("the model broke")

    with pytest.raises(ValueError, match="the model"):
        await model_call()

    assert sink.said == [[("text.delta", "a")]]


async def test_a_cancelled_exit_leaves_no_one_writing():
    sink = Sink()
    sink.gate.clear()

    async def model_call():
        async with TurnWriter(sink, "t", 1, patience_s=60) as writer:
            await writer.delta("a")

    calling = asyncio.create_task(model_call())
    await until(lambda: bool(sink.tried), "a try")
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    sink.gate.set()
    await asyncio.sleep(0)

    assert sink.stored == []
