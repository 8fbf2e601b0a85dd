"""Spans of the Agents SDK as OpenTelemetry spans.

A span is made when it ends, from what the SDK recorded: ids, times, parent. Nothing is kept from
its start to its end, so a span that began before a replay (in which the plugin reports neither
starts nor ends) is made like any other, and once.
"""

import threading
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

from agents.tracing import Span, Trace, TracingProcessor, get_current_trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from temporalio import activity, workflow

from segue.observability.tracing.conventions import (
    CONVERSATION,
    SCHEMA_URL,
    Description,
    describe,
)
from segue.observability.tracing.endings import Endings
from segue.observability.tracing.errors import describe_error

_EPOCH = datetime.fromtimestamp(0, UTC)
_PATH = "/v1/traces"  # https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
_STOP_WITHIN_S = 5.0  # a collector that is gone must not hold up the end of a process


def exporting(endpoint: str | None) -> SpanProcessor:
    """Batches to a collector over OTLP/HTTP; its thread starts here, never in workflow code.

    Args:
        endpoint: Base address, to which the standard path is added; None: as OpenTelemetry's own
            variables say. All its other variables (headers, timeout, certificates, batch sizes)
            hold in any case.
    """
    address = f"{endpoint.rstrip('/')}{_PATH}" if endpoint else None
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=address))


class OtelProcessor(TracingProcessor):
    """Hands each ended span of the SDK to an OpenTelemetry span processor.

    Ids are made from the SDK's, which are the same on every machine that knows the run, so what the
    workflow and its activities tell is one trace. Service name, sampler and limits are those of
    OpenTelemetry's standard variables; a sampler decides by trace, never for a single span.
    """

    def __init__(self, spans: SpanProcessor, *, with_content: bool) -> None:
        self._with_content = with_content
        self._endings = Endings()
        self._ids = _GivenIds()
        self._provider = TracerProvider(
            resource=_resource(), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(spans)
        self._tracer = self._provider.get_tracer("segue", version("segue"), SCHEMA_URL)

    def on_trace_start(self, trace: Trace) -> None:
        """Do nothing: a trace is what its spans have in common."""

    def on_trace_end(self, trace: Trace) -> None:
        """Do nothing: a trace is what its spans have in common."""

    def on_span_start(self, span: Span[Any]) -> None:
        """Do nothing: a span is made when it ends, so that replays make none."""

    def on_span_end(self, span: Span[Any]) -> None:
        """Make the OpenTelemetry span."""
        if not self._endings.counts(span):
            return
        description = describe(span.span_data)
        self._ids.give(span.trace_id, span.span_id)
        otel_span = self._tracer.start_span(
            description.name,
            context=self._parent(span),
            kind=description.kind,
            attributes=self._attributes(span, description),
            start_time=_nanoseconds(span.started_at),
        )
        if span.error is not None:
            error = describe_error(span.error, with_content=self._with_content)
            otel_span.set_attribute("error.type", error.kind)
            otel_span.set_status(Status(StatusCode.ERROR, error.text))
        otel_span.end(_nanoseconds(span.ended_at))

    def force_flush(self) -> None:
        """Send what is waiting."""
        self._provider.force_flush()

    def shutdown(self, timeout: float | None = None) -> None:
        """Send what is waiting and stop, within ``timeout`` seconds (5 where it is not given)."""
        stopping = threading.Thread(target=self._provider.shutdown, daemon=True)
        stopping.start()
        stopping.join(_STOP_WITHIN_S if timeout is None else timeout)

    def _parent(self, span: Span[Any]) -> Context:
        if span.parent_id is None:
            return Context()
        trace_id = _number(span.trace_id, 16)
        is_sampled = self._provider.sampler.should_sample(None, trace_id, "").decision.is_sampled()
        parent = SpanContext(
            trace_id=trace_id,
            span_id=_number(span.parent_id, 8),
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.SAMPLED if is_sampled else TraceFlags.DEFAULT),
        )
        return set_span_in_context(NonRecordingSpan(parent), Context())

    def _attributes(self, span: Span[Any], description: Description) -> dict[str, str | int | bool]:
        attributes = {**_place(), CONVERSATION: _conversation(span), **description.attributes}
        if self._with_content:
            attributes.update(description.content)
        return {name: value for name, value in attributes.items() if value is not None}


class _GivenIds(IdGenerator):
    """An id generator that returns the ids set just before in the same thread."""

    def __init__(self) -> None:
        self._given = threading.local()

    def give(self, trace_id: str, span_id: str) -> None:
        self._given.trace_id = _number(trace_id, 16)
        self._given.span_id = _number(span_id, 8)

    def generate_span_id(self) -> int:
        return self._given.span_id

    def generate_trace_id(self) -> int:
        return self._given.trace_id


def _number(identity: str, size: int) -> int:
    """The SDK's id as a number of ``size`` bytes; callers may choose ids of any length."""
    return int.from_bytes(blake2b(identity.encode(), digest_size=size).digest())


def _nanoseconds(iso: str | None) -> int | None:
    if iso is None:
        return None
    return (datetime.fromisoformat(iso) - _EPOCH) // timedelta(microseconds=1) * 1_000


def _conversation(span: Span[Any]) -> str | None:
    """The group of the run's trace; an activity knows no group, and says it on the span."""
    current = get_current_trace()
    if current is None or current.trace_id != span.trace_id:
        return None
    return getattr(current, "group_id", None)


def _place() -> dict[str, str | int | bool | None]:
    """Where in Temporal; the names are those of Temporal's own OpenTelemetry interceptor."""
    if workflow.in_workflow():
        here = workflow.info()
        return {"temporalWorkflowID": here.workflow_id, "temporalRunID": here.run_id}
    if activity.in_activity():
        doing = activity.info()
        return {
            "temporalWorkflowID": doing.workflow_id,
            "temporalRunID": doing.workflow_run_id,
            "temporalActivityID": doing.activity_id,
        }
    return {}


def _resource() -> Resource:
    resource = Resource.create()
    service_name = str(resource.attributes.get(SERVICE_NAME, ""))
    return (
        resource.merge(Resource({SERVICE_NAME: "segue"})) if "unknown" in service_name else resource
    )
