"""Describe a span's error without content that may not leave the process."""

from dataclasses import dataclass

from agents.tracing import SpanError

OTHER = "_OTHER"  # OpenTelemetry's word for an error without a known type

# Messages that the SDK sets word by word; any other may quote a user, a tool or an application.
_FIXED = frozenset({
    "Error getting response",
    "Error in call_model_input_filter",
    "Error running tool",
    "Error running tool (non-fatal)",
    "Error streaming response",
    "Guardrail tripwire triggered",
    "Invalid JSON",
    "Invalid input filter",
    "Invalid input filter result",
    "Max turns exceeded",
    "Multiple handoffs requested",
    "Tool execution cancelled",
    "Tool execution rejected",
    "Tool not found",
})


@dataclass(frozen=True)
class ErrorDescription:
    """An error as an exporter may show it.

    Attributes:
        kind: One of few names, to count and group by.
        text: For people; empty where only the kind may be exported.
    """

    kind: str
    text: str


def describe_error(error: SpanError, *, with_content: bool) -> ErrorDescription:
    """The error's kind, and its text where content may be exported."""
    message = error["message"]
    data = error["data"] or {}
    code = data.get("code")
    if isinstance(code, str):  # a span of Segue's own
        return ErrorDescription(code, message)
    kind = message if message in _FIXED else OTHER
    if not with_content:
        return ErrorDescription(kind, "" if kind == OTHER else message)
    detail = data.get("error")
    return ErrorDescription(kind, f"{message}: {detail}" if detail else message)
