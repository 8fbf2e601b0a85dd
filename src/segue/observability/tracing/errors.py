"""What of a span's error may be told where content may not."""

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
class Told:
    """An error as an exporter may show it.

    Attributes:
        kind: One of few names, to count and group by.
        text: For people; empty where only the kind may be told.
    """

    kind: str
    text: str


def told(error: SpanError, *, with_content: bool) -> Told:
    """The error's kind, and its text as far as that is wanted."""
    message = error["message"]
    data = error["data"] or {}
    code = data.get("code")
    if isinstance(code, str):  # a span of ours
        return Told(code, message)
    kind = message if message in _FIXED else OTHER
    if not with_content:
        return Told(kind, "" if kind == OTHER else message)
    detail = data.get("error")
    return Told(kind, f"{message}: {detail}" if detail else message)
