"""Spans for OpenAI's platform, by the SDK's own exporter, without content unless it is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from agents.tracing import Span, Trace
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor

from segue.observability.tracing.endings import Endings
from segue.observability.tracing.errors import describe_error

_CONTENT = ("input", "output")
_STOP_WITHIN_S = 5.0


class PlatformProcessor(BatchTraceProcessor):
    """Batches to OpenAI; its thread starts here, never in workflow code.

    Args:
        api_key: Key of the account that gets the traces.
        endpoint: Where to, instead of OpenAI's address.
        with_content: Send prompts, answers and tool data as well.
    """

    def __init__(self, api_key: str, *, endpoint: str | None, with_content: bool) -> None:
        self._backend = (
            BackendSpanExporter(api_key, endpoint=endpoint)
            if endpoint
            else BackendSpanExporter(api_key)
        )
        super().__init__(self._backend)
        self._with_content = with_content
        self._endings = Endings()
        self._ensure_thread_started()

    def on_trace_start(self, trace: Trace) -> None:
        """Send the trace, once."""
        if self._endings.first(trace.trace_id):
            super().on_trace_start(trace)

    def on_span_end(self, span: Span[Any]) -> None:
        """Send the span as it is now, once."""
        payload = span.export()
        if payload is None or not self._endings.counts(span):
            return
        if not self._with_content:
            payload = _without_content(span, payload)
        # The exporter asks an item for no more than these two.
        super().on_span_end(cast("Span[Any]", _Exported(payload, span.tracing_api_key)))

    def shutdown(self, timeout: float | None = None) -> None:
        """Send what is waiting and stop, within ``timeout`` seconds (5 where it is not given)."""
        super().shutdown(_STOP_WITHIN_S if timeout is None else timeout)
        self._backend.close()


@dataclass(frozen=True)
class _Exported:
    fields: Mapping[str, Any]
    tracing_api_key: str | None

    def export(self) -> Mapping[str, Any]:
        return self.fields


def _without_content(span: Span[Any], payload: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = dict(payload["span_data"])
    data.update({name: None for name in _CONTENT if name in data})
    if span.span_data.type == "custom" and not span.span_data.name.startswith("temporal:"):
        data["data"] = {}
    if span.error is None:
        return {**payload, "span_data": data}
    error = describe_error(span.error, with_content=False)
    return {**payload, "span_data": data, "error": {"message": error.kind, "data": None}}
