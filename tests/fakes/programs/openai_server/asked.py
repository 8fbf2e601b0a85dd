"""What a request of either API asks for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Body = dict[str, Any]
Api = Literal["responses", "chat"]


@dataclass(frozen=True)
class Asked:
    """A request, read.

    Attributes:
        key: The API key; empty when none was sent.
        user_text: Of the last user message.
        tool_results: How many came after that message.
        with_usage: Whether the numbers are wanted; a chat stream has them only on demand.
        size: Bytes of the request.
    """

    api: Api
    model: str
    key: str
    streamed: bool
    with_usage: bool
    user_text: str
    tool_results: int
    size: int


def read_request(api: Api, body: Body, headers: Mapping[str, str], size: int) -> Asked:
    """Read a request.

    Args:
        api: Which endpoint it came to.
        body: Its JSON.
        headers: Names in lower case.
        size: Bytes of the body.
    """
    streamed = bool(body.get("stream"))
    given: Any = body.get("input" if api == "responses" else "messages") or []
    items: list[Body] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    last = _last(items, lambda item: item.get("role") == "user")
    after = items[last + 1 :]
    return Asked(
        api=api,
        model=str(body.get("model", "")),
        key=headers.get("authorization", "").removeprefix("Bearer "),
        streamed=streamed,
        with_usage=api == "responses"
        or not streamed
        or bool((body.get("stream_options") or {}).get("include_usage")),
        user_text=_text(items[last].get("content")) if last >= 0 else "",
        tool_results=sum(1 for item in after if _is_tool_result(item)),
        size=size,
    )


def _last(items: list[Body], holds: Callable[[Body], bool]) -> int:
    return max((at for at, item in enumerate(items) if holds(item)), default=-1)


def _is_tool_result(item: Body) -> bool:
    return item.get("type") == "function_call_output" or item.get("role") == "tool"


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts: Iterable[Any] = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts)
