"""The spans that are made here, and which ends of spans count."""

import contextvars
import gc
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from agents import custom_span, function_span, set_trace_processors, trace
from agents.tracing import Span, Trace, TracingProcessor, get_current_trace

from segue.observability.tracing.endings import Endings
from segue.observability.tracing.setup import configure_tracing
from segue.observability.tracing.spans import ChatSpanData, chat_span, note_tool_call


class Kept(TracingProcessor):
    """Keeps what ends and counts."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self.spans: list[Span[Any]] = []
        self._endings = Endings()

    def on_trace_start(self, trace: Trace) -> None:
        self.traces.append(trace)

    def on_trace_end(self, trace: Trace) -> None: ...

    def on_span_start(self, span: Span[Any]) -> None: ...

    def on_span_end(self, span: Span[Any]) -> None:
        if self._endings.counts(span):
            self.spans.append(span)

    def shutdown(self) -> None: ...

    def force_flush(self) -> None: ...


@pytest.fixture
def kept() -> Generator[Kept]:
    kept = Kept()
    set_trace_processors([kept])
    yield kept
    set_trace_processors([])


async def waiting() -> None:
    """What destroying finds: a coroutine in the middle of a span."""
    with trace("Plan"), custom_span("step"):
        await Never()


class Never:
    def __await__(self) -> Generator[None]:
        yield


def test_a_call_joins_the_trace_around_it(kept: Kept) -> None:
    with trace("Plan"), custom_span("step") as step, chat_span(model="gpt-x", agent="Planner"):
        pass

    assert len(kept.traces) == 1
    assert kept.spans[0].parent_id == step.span_id


def test_a_call_outside_of_any_run_has_a_trace_of_its_own(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    with chat_span(model="gpt-x", agent="Planner", conversation="c-1"):
        assert get_current_trace() is not None

    assert get_current_trace() is None
    [own] = kept.traces
    assert getattr(own, "group_id", None) == "c-1"
    [span] = kept.spans
    assert isinstance(span.span_data, ChatSpanData)
    assert not [record for record in caplog.records if record.name.startswith("openai")]


def test_a_call_in_a_trace_that_is_switched_off_is_not_told(kept: Kept) -> None:
    with trace("Plan", disabled=True), chat_span(model="gpt-x", agent="Planner") as call:
        call.record_answer("gpt-x")

    assert kept.spans == []


def test_a_tool_call_is_noted_only_where_a_tool_runs(kept: Kept) -> None:
    note_tool_call("call_0")
    with trace("Plan"), custom_span("step"):
        note_tool_call("call_1")
        with function_span("look_up"):
            note_tool_call("call_2")

    tool, step = (span.export() for span in kept.spans)
    assert tool is not None
    assert tool["metadata"] == {"tool_call_id": "call_2"}
    assert step is not None
    assert "metadata" not in step


@pytest.mark.filterwarnings("ignore:Exception ignored in")
def test_a_span_whose_coroutine_is_destroyed_elsewhere_has_not_ended(kept: Kept) -> None:
    coroutine = waiting()
    contextvars.Context().run(coroutine.send, None)
    coroutine.close()
    gc.collect()

    assert kept.spans == []


async def test_a_span_in_a_generator_that_is_left_early_has_ended(kept: Kept) -> None:
    async def stream() -> AsyncGenerator[int]:
        with custom_span("streaming"):
            yield 1
            yield 2

    with trace("Plan"):
        reading = stream()
        await anext(reading)
        await reading.aclose()

    assert [span.span_data.name for span in kept.spans] == ["streaming"]


def test_only_so_many_ids_are_remembered() -> None:
    endings = Endings(most_spans=2)

    assert [endings.first(name) for name in ("a", "b", "a", "c", "b", "a")] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def test_tracing_that_is_off_stops_without_ado(kept: Kept) -> None:
    tracing = configure_tracing("off", api_key=None, endpoint=None, with_content=False)
    with trace("Plan"), custom_span("step"):
        pass
    tracing.shutdown()

    assert kept.spans == []
