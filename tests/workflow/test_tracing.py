"""Spans of agents in workflows: one for each real call, whatever is replayed."""

import gc
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from agents import set_trace_processors
from agents.tracing import Span, Trace, TracingProcessor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Replayer, Worker

from segue.observability.tracing.otlp import OtelProcessor
from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.waiting import until
from tests.fakes.workflows.traced import (
    OneModel,
    ScriptedModel,
    StumbleWorkflow,
    TalkWorkflow,
    UseToolWorkflow,
    look,
)

TURNS = 40  # the uncached worker replays all that were before, at each of the last ten
_WORKFLOWS = [TalkWorkflow, UseToolWorkflow, StumbleWorkflow]


class Ends(TracingProcessor):
    """Counts what the SDK reports, before anything of ours looks at it."""

    def __init__(self) -> None:
        self.spans: Counter[str] = Counter()

    def on_trace_start(self, trace: Trace) -> None: ...

    def on_trace_end(self, trace: Trace) -> None: ...

    def on_span_start(self, span: Span[Any]) -> None: ...

    def on_span_end(self, span: Span[Any]) -> None:
        self.spans[span.span_id] += 1

    def shutdown(self) -> None: ...

    def force_flush(self) -> None: ...


class Told:
    """What a process has told: every span exported so far."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.ends = Ends()
        self.processor = OtelProcessor(SimpleSpanProcessor(self.exporter), with_content=True)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, start: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name.startswith(start)]


@asynccontextmanager
async def a_process(
    client: Client, model: ScriptedModel, queue: str, *, cached: int = 0
) -> AsyncGenerator[Told]:
    """A worker with tracing of its own, as a process has it; uncached, every task replays."""
    told = Told()
    set_trace_processors([told.processor, told.ends])
    worker = Worker(
        plugged(client, model),
        task_queue=queue,
        workflows=_WORKFLOWS,
        activities=[look],
        max_cached_workflows=cached,
        graceful_shutdown_timeout=timedelta(seconds=1),
    )
    try:
        async with worker:
            yield told
    finally:
        del worker
        set_trace_processors([told.processor])
        before = told.spans
        collect_garbage()
        assert told.spans == before  # what was in the worker's cache is not at its end
        set_trace_processors([])
        told.processor.shutdown()


def collect_garbage() -> None:
    """Collect with the complaints of destroyed coroutines kept from pytest.

    The SDK's finally clauses reset context variables, which cannot be done where they then run.
    """
    before = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before


def plugged(client: Client, model: ScriptedModel) -> Client:
    """The same connection with the plugin, as the agents' workers have it."""
    config = client.config()
    return Client(config["service_client"], namespace=config["namespace"], plugins=[plugin(model)])


def plugin(model: ScriptedModel) -> OpenAIAgentsPlugin:
    return OpenAIAgentsPlugin(
        model_params=ModelActivityParameters(
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
        ),
        model_provider=OneModel(model),
    )


def only(spans: Iterable[ReadableSpan], name: str) -> ReadableSpan:
    [span] = [span for span in spans if span.name == name]
    return span


def trace_of(span: ReadableSpan) -> int:
    assert span.context
    return span.context.trace_id


def id_of(span: ReadableSpan) -> int:
    assert span.context
    return span.context.span_id


def often(spans: Iterable[ReadableSpan]) -> int:
    """How often the most frequent identity occurs."""
    return max(Counter(id_of(span) for span in spans).values())


@pytest.fixture
def queue() -> str:
    return f"tracing-{uuid.uuid4()}"


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


async def test_many_turns_leave_one_span_for_each_call_after_restart_and_replays(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    client = plugged(temporal_client, model)
    async with a_process(temporal_client, model, queue, cached=10) as first:
        handle = await client.start_workflow(TalkWorkflow.run, TURNS, id=queue, task_queue=queue)
        await until(lambda: model.calls >= TURNS - 10, "most turns", within_s=60)
    async with a_process(temporal_client, model, queue) as second:
        assert await handle.result() == TURNS
        told_by_the_end = len(second.spans)
        assert await handle.query(TalkWorkflow.done) == TURNS
        replayer = Replayer(workflows=_WORKFLOWS, plugins=[plugin(model)])
        await replayer.replay_workflow(await handle.fetch_history())
        assert len(second.spans) == told_by_the_end

    spans = [*first.spans, *second.spans]
    by_name = Counter(span.name for span in spans)
    assert model.calls == TURNS
    assert by_name["chat gpt-scripted"] == TURNS
    assert by_name["invoke_agent Talker"] == TURNS
    assert {by_name[f"round {number}"] for number in range(TURNS)} == {1}
    assert often(spans) == 1
    # Not because ours forgets repetitions: nothing is repeated to it.
    assert max((first.ends.spans + second.ends.spans).values()) == 1
    assert len({trace_of(span) for span in spans}) == 1


async def test_without_any_cache_nothing_is_told_twice(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    async with a_process(temporal_client, model, queue) as told:
        await plugged(temporal_client, model).execute_workflow(
            TalkWorkflow.run, 10, id=queue, task_queue=queue
        )

    assert len(told.named("chat")) == len(told.named("round")) == 10
    assert max(told.ends.spans.values()) == 1


async def test_a_span_that_began_before_a_restart_is_told_once_with_its_own_beginning(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    model.gate.clear()
    async with a_process(temporal_client, model, queue) as first:
        handle = await plugged(temporal_client, model).start_workflow(
            TalkWorkflow.run, 1, id=queue, task_queue=queue
        )
        await until(lambda: model.calls == 1, "the model is asked")
    restarted = time.time_ns()
    model.gate.set()
    async with a_process(temporal_client, model, queue) as second:
        await handle.result()

    assert not first.named("invoke_agent")
    agent = only(second.spans, "invoke_agent Talker")
    assert agent.start_time is not None
    assert agent.end_time is not None
    assert agent.start_time < restarted < agent.end_time
    lost, won = [*first.named("chat"), *second.named("chat")]
    assert lost.attributes is not None
    assert lost.attributes["error.type"] == "CancelledError"
    assert won.status.status_code is StatusCode.UNSET
    assert trace_of(lost) == trace_of(won) == trace_of(agent)
    assert often([*first.spans, *second.spans]) == 1


async def test_what_a_workflow_and_its_activities_tell_is_one_tree(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    async with a_process(temporal_client, model, queue) as told:
        await plugged(temporal_client, model).execute_workflow(
            UseToolWorkflow.run, id=queue, task_queue=queue
        )

    by_id = {id_of(span): span for span in told.spans}

    def way_up(span: ReadableSpan) -> list[str]:
        above = [] if span.parent is None else way_up(by_id[span.parent.span_id])
        return [*above, span.name]

    run = ["invoke_workflow Seek", "invoke_agent Seeker"]
    over_to_temporal = ["temporal:startActivity", "temporal:executeActivity"]
    assert sorted(way_up(span) for span in told.named("chat")) == [
        [*run, "turn 1", *over_to_temporal, "chat gpt-scripted"],
        [*run, "turn 2", *over_to_temporal, "chat gpt-scripted"],
    ]
    tool = only(told.spans, "execute_tool look_up")
    assert way_up(tool) == [*run, "turn 1", "execute_tool look_up"]
    assert tool.attributes is not None
    assert tool.attributes["gen_ai.tool.call.id"] == "call_1"
    assert tool.attributes["gen_ai.conversation.id"] == "conversation-7"
    assert tool.attributes["gen_ai.tool.call.result"] == "found moon"
    assert {str((span.attributes or {})["temporalWorkflowID"]) for span in told.spans} == {queue}
    chat = told.named("chat")[0]
    assert chat.kind is SpanKind.CLIENT
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.usage.input_tokens"] == 7
    assert chat.attributes["gen_ai.response.model"] == "gpt-scripted-1"


async def test_a_workflow_task_that_is_tried_again_tells_its_spans_once(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    StumbleWorkflow.stumbles = 2
    async with a_process(temporal_client, model, queue) as told:
        await plugged(temporal_client, model).execute_workflow(
            StumbleWorkflow.run,
            id=queue,
            task_queue=queue,
            task_timeout=timedelta(seconds=1),
        )

    assert len(told.named("before")) == 1
    assert max(told.ends.spans.values()) == 3  # the SDK does not know, ours does


async def test_tracing_works_within_our_own_sandbox(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    told = Told()
    set_trace_processors([told.processor])
    parts = WorkerParts(task_queue=queue, workflows=[TalkWorkflow], activities=[])
    client = plugged(temporal_client, model)
    async with build_worker(client, parts):
        await client.execute_workflow(TalkWorkflow.run, 2, id=queue, task_queue=queue)
    set_trace_processors([])
    told.processor.shutdown()

    assert [span.name for span in told.named("round")] == ["round 0", "round 1"]
    assert len(told.named("chat")) == 2


async def test_another_process_that_tells_a_span_again_tells_it_under_the_same_ids(
    temporal_client: Client, queue: str, model: ScriptedModel
) -> None:
    StumbleWorkflow.stumbles = 1_000
    async with a_process(temporal_client, model, queue) as first:
        handle = await plugged(temporal_client, model).start_workflow(
            StumbleWorkflow.run, id=queue, task_queue=queue, task_timeout=timedelta(seconds=1)
        )
        await until(lambda: len(first.named("before")) == 1, "the first try")
    StumbleWorkflow.stumbles = 0
    async with a_process(temporal_client, model, queue) as second:
        await handle.result()

    [lost], [kept] = first.named("before"), second.named("before")
    assert lost.context == kept.context
