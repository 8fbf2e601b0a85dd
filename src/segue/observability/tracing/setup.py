"""The receiver of traces, configured once per process before its workers start.

The SDK by itself sends every trace to OpenAI as soon as a key is set, whosever model it is, and
warns about each batch where none is. Both end here: its processors are replaced by ours.
"""

from typing import Literal, Protocol

from agents import set_trace_processors
from agents.tracing import TracingProcessor

from segue.errors.settings import SettingsError
from segue.observability.tracing.openai_platform import PlatformProcessor

Kind = Literal["off", "openai", "otlp"]


class Tracing(Protocol):
    """The tracing that this process has configured."""

    def shutdown(self) -> None:
        """Send what is waiting, for at most 5 s, and stop; a second call does nothing."""
        ...


def configure_tracing(
    kind: Kind, *, api_key: str | None, endpoint: str | None, with_content: bool
) -> Tracing:
    """Send all traces to one receiver from now on, or to nobody.

    Also without a receiver the SDK makes its spans: an agent's code must run the same way, and
    ``trace()`` must work, whoever listens.

    Args:
        kind: ``openai``: OpenAI's platform; ``otlp``: an OpenTelemetry collector; ``off``: nobody.
        api_key: For ``openai``.
        endpoint: For ``otlp`` the collector's base address, None: as OpenTelemetry's variables say;
            for ``openai`` another ingest address than OpenAI's.
        with_content: Prompts, answers and tool data leave the process as well.

    Raises:
        SettingsError: ``openai`` without a key.
    """
    processor = _processor(kind, api_key=api_key, endpoint=endpoint, with_content=with_content)
    set_trace_processors([] if processor is None else [processor])
    return _InForce(processor)


class _InForce:
    def __init__(self, processor: TracingProcessor | None) -> None:
        self._processor = processor

    def shutdown(self) -> None:
        if self._processor is None:
            return
        set_trace_processors([])
        self._processor.shutdown()
        self._processor = None


def _processor(
    kind: Kind, *, api_key: str | None, endpoint: str | None, with_content: bool
) -> TracingProcessor | None:
    if kind == "off":
        return None
    if kind == "otlp":
        return _collector(endpoint, with_content=with_content)
    if not api_key:
        raise SettingsError(
            "SEGUE_TRACING is 'openai', which needs a key, but OPENAI_API_KEY is not set."
        )
    return PlatformProcessor(api_key, endpoint=endpoint, with_content=with_content)


def _collector(endpoint: str | None, *, with_content: bool) -> TracingProcessor:
    from segue.observability.tracing.otlp import (  # noqa: PLC0415 - 0.15 s that others need not pay
        OtelProcessor,
        exporting,
    )

    return OtelProcessor(exporting(endpoint), with_content=with_content)
