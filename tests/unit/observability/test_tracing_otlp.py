"""What an OpenTelemetry collector gets, over real HTTP where the claim is about that."""

import asyncio
import threading
from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from agents import Usage, custom_span, function_span, set_trace_processors, trace
from agents.tracing import Span
from agents.tracing.span_data import CustomSpanData
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from segue.errors.model import ModelQuotaError
from segue.observability.tracing.conventions import SCHEMA_URL
from segue.observability.tracing.otlp import OtelProcessor, exporting
from segue.observability.tracing.setup import configure_tracing
from segue.observability.tracing.spans import chat_span
from tests.fakes.doubles.scripted_http import Line, Received, Reply, scripted_server
from tests.fakes.waiting import until

_TAKEN = Reply(body=ExportTraceServiceResponse().SerializeToString())
_PLAN = "the surprise for Ann"


@pytest.fixture(autouse=True)
def nobody_is_told_afterwards(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    for name in ("ENDPOINT", "TRACES_ENDPOINT", "HEADERS", "PROTOCOL"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    yield
    set_trace_processors([])


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def processor(exporter: InMemorySpanExporter) -> OtelProcessor:
    processor = OtelProcessor(SimpleSpanProcessor(exporter), with_content=False)
    set_trace_processors([processor])
    return processor


def a_run() -> None:
    """What one run leaves: a tool, and a model call that is answered."""
    with trace("Plan", group_id="conversation-1"), custom_span("outer", {"plan": _PLAN}):
        with function_span("look_up", input=_PLAN) as tool:
            tool.span_data.output = _PLAN
        with chat_span(
            model="claude-x", agent="Planner", conversation="conversation-1", input=_PLAN
        ) as call:
            call.record_answer(
                "claude-x-2026",
                Usage(requests=1, input_tokens=12, output_tokens=5, total_tokens=17),
                response_id="resp_1",
                output=[{"type": "message", "role": "assistant", "content": _PLAN}],
            )


def sent(received: list[Received]) -> list[trace_pb2.ResourceSpans]:
    requests = [ExportTraceServiceRequest.FromString(request.body) for request in received]
    return [resource for request in requests for resource in request.resource_spans]


def spans_of(resources: list[trace_pb2.ResourceSpans]) -> dict[str, trace_pb2.Span]:
    return {
        span.name: span
        for resource in resources
        for scope in resource.scope_spans
        for span in scope.spans
    }


def attributes(span: trace_pb2.Span) -> dict[str, object]:
    return {
        pair.key: getattr(pair.value, str(pair.value.WhichOneof("value")))
        for pair in span.attributes
    }


async def a_run_told_to_a_collector(*, with_content: bool) -> list[Received]:
    async with scripted_server(_TAKEN) as collector:
        tracing = configure_tracing(
            "otlp", api_key=None, endpoint=f"{collector.url}/", with_content=with_content
        )
        await asyncio.to_thread(a_run)
        await asyncio.to_thread(tracing.shutdown)
        tracing.shutdown()
        return collector.received


async def test_a_collector_gets_a_run_as_one_tree_of_genai_spans() -> None:
    began = datetime.now(UTC).timestamp() * 1e9
    received = await a_run_told_to_a_collector(with_content=False)

    assert {(request.method, request.target) for request in received} == {("POST", "/v1/traces")}
    assert {request.headers["content-type"] for request in received} == {"application/x-protobuf"}
    [resource] = sent(received)
    assert {pair.key: pair.value.string_value for pair in resource.resource.attributes}[
        "service.name"
    ] == "segue"
    assert resource.scope_spans[0].schema_url == SCHEMA_URL
    spans = spans_of([resource])
    assert set(spans) == {"outer", "execute_tool look_up", "chat claude-x"}
    chat, outer = spans["chat claude-x"], spans["outer"]
    assert chat.trace_id == outer.trace_id
    assert chat.parent_span_id == outer.span_id
    assert outer.parent_span_id == b""
    assert chat.kind == trace_pb2.Span.SPAN_KIND_CLIENT
    assert began <= outer.start_time_unix_nano <= chat.start_time_unix_nano
    assert chat.start_time_unix_nano <= chat.end_time_unix_nano <= outer.end_time_unix_nano
    assert attributes(chat) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-x",
        "gen_ai.response.model": "claude-x-2026",
        "gen_ai.response.id": "resp_1",
        "gen_ai.agent.name": "Planner",
        "gen_ai.conversation.id": "conversation-1",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.reasoning.output_tokens": 0,
    }


async def test_content_stays_here_unless_it_is_wanted() -> None:
    without = await a_run_told_to_a_collector(with_content=False)
    assert without
    assert not any(_PLAN.encode() in request.body for request in without)

    spans = spans_of(sent(await a_run_told_to_a_collector(with_content=True)))
    assert _PLAN in str(attributes(spans["outer"])["segue.data"])
    assert attributes(spans["execute_tool look_up"])["gen_ai.tool.call.result"] == _PLAN
    chat = attributes(spans["chat claude-x"])
    for name in ("gen_ai.input.messages", "gen_ai.output.messages"):
        assert _PLAN in str(chat[name])


async def test_opentelemetrys_own_variables_say_where_to_and_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scripted_server(_TAKEN) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/elsewhere")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=seven")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "my-agents")
        tracing = configure_tracing("otlp", api_key=None, endpoint=None, with_content=False)
        await asyncio.to_thread(a_run)
        await asyncio.to_thread(tracing.shutdown)

    assert {request.target for request in collector.received} == {"/elsewhere"}
    assert {request.headers["x-tenant"] for request in collector.received} == {"seven"}
    [resource] = sent(collector.received)
    assert "my-agents" in str(resource.resource)


async def test_a_collector_that_hangs_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    async with scripted_server(Line.HANG) as collector:
        before = set(threading.enumerate())
        processor = OtelProcessor(exporting(collector.url), with_content=False)
        set_trace_processors([processor])
        a_run()
        set_trace_processors([])
        async with asyncio.timeout(0.9):
            await asyncio.to_thread(processor.shutdown, 0.1)
        # What the exporter's thread logs must not fall into another test.
        waiting = {thread for thread in threading.enumerate() if "Otel" in thread.name} - before
        await until(lambda: not any(thread.is_alive() for thread in waiting), "it gives up")


async def test_spans_that_end_start_no_thread() -> None:
    async with scripted_server(_TAKEN) as collector:
        tracing = configure_tracing(
            "otlp", api_key=None, endpoint=collector.url, with_content=False
        )
        before = set(threading.enumerate())
        a_run()
        assert set(threading.enumerate()) <= before
        await asyncio.to_thread(tracing.shutdown)


@pytest.mark.parametrize("sampler", ["traceidratio", "parentbased_traceidratio"])
def test_a_sampler_takes_or_leaves_whole_traces(
    sampler: str, monkeypatch: pytest.MonkeyPatch, exporter: InMemorySpanExporter
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    set_trace_processors([OtelProcessor(SimpleSpanProcessor(exporter), with_content=False)])

    for _ in range(60):
        a_run()

    spans = exporter.get_finished_spans()
    traces = {span.context.trace_id for span in spans if span.context}
    assert 0 < len(traces) < 60
    assert len(spans) == 3 * len(traces)


def test_the_same_ids_come_out_on_every_machine(exporter: InMemorySpanExporter) -> None:
    for _ in range(2):  # two processes that know the same run
        set_trace_processors([OtelProcessor(SimpleSpanProcessor(exporter), with_content=False)])
        with trace("Plan", trace_id="trace_1"), custom_span("step", span_id="span_1"):
            pass

    first, second = exporter.get_finished_spans()
    assert first.context == second.context


@pytest.mark.usefixtures("processor")
def test_a_failed_call_says_which_error_and_no_more(exporter: InMemorySpanExporter) -> None:
    with (
        pytest.raises(ModelQuotaError),
        trace("Plan"),
        chat_span(model="gpt-x", agent="Planner"),
    ):
        raise ModelQuotaError(_PLAN)

    [chat] = exporter.get_finished_spans()
    assert chat.attributes is not None
    assert chat.attributes["error.type"] == ModelQuotaError.code
    assert not chat.status.is_ok
    assert _PLAN not in chat.to_json()


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize(
    ("message", "kind"), [("Error running tool", "Error running tool"), (_PLAN, "_OTHER")]
)
def test_only_the_sdks_own_words_about_an_error_are_told_without_content(
    exporter: InMemorySpanExporter, message: str, kind: str
) -> None:
    with trace("Plan"), function_span("look_up") as span:
        span.set_error({"message": message, "data": {"error": _PLAN}})

    [tool] = exporter.get_finished_spans()
    assert tool.attributes is not None
    assert tool.attributes["error.type"] == kind
    assert _PLAN not in tool.to_json()


def test_an_error_is_told_in_full_where_content_is_wanted(exporter: InMemorySpanExporter) -> None:
    set_trace_processors([OtelProcessor(SimpleSpanProcessor(exporter), with_content=True)])
    with trace("Plan"), function_span("look_up") as span:
        span.set_error({"message": "Error running tool", "data": {"error": "no such word"}})
    with trace("Plan"), function_span("look_up") as span:
        span.set_error({"message": "refused by Ann", "data": None})

    told = [span.status.description for span in exporter.get_finished_spans()]
    assert told == ["Error running tool: no such word", "refused by Ann"]


def test_a_span_that_is_told_twice_is_made_once(
    processor: OtelProcessor, exporter: InMemorySpanExporter
) -> None:
    with trace("Plan"), custom_span("step") as span:
        pass
    again: Span[CustomSpanData] = span
    processor.on_span_end(again)
    processor.force_flush()

    assert len(exporter.get_finished_spans()) == 1


@pytest.mark.usefixtures("processor")
def test_a_span_that_was_made_by_hand_is_told_too(exporter: InMemorySpanExporter) -> None:
    plan = trace("Plan", group_id="conversation-1")
    started = custom_span("started", parent=plan)
    started.start()
    started.finish()
    custom_span("never started", parent=started).finish()

    first, second = exporter.get_finished_spans()
    assert second.parent == first.context
    assert second.start_time is not None
    assert "gen_ai.conversation.id" not in (first.attributes or {})
