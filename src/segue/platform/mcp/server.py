"""MCP servers of tools alone, built in one way: strict, annotated, with failures to act on."""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from mcp.server import CacheHint
from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from segue.errors.base import SegueError
from segue.platform.mcp.strict_tools import arguments_error, strict_tool

# What a tool does to the world; HERE: to nothing but what Segue itself keeps.
READS = ToolAnnotations(read_only_hint=True, open_world_hint=True)
READS_HERE = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
WRITES_HERE = WRITES.model_copy(update={"open_world_hint": False})
OPENS_HERE = WRITES_HERE.model_copy(update={"idempotent_hint": False})
REMOVES = WRITES.model_copy(update={"destructive_hint": True})
CLEARS_HERE = REMOVES.model_copy(update={"open_world_hint": False})

# What is offered changes with the server's process; clients that ask before each turn need not.
LIST_HOLDS_MS = 1_000

Offer = tuple[Callable[..., Any], str, ToolAnnotations]
"""A tool: the function that does it, its title for people, and what it does to the world."""

Hints = Mapping[str, str]
"""What a client's model can do by itself, by the code of an error whose own hint says other."""

NO_HINTS: Hints = MappingProxyType({})

_OF_A_SHELL = re.compile(r"`segue |(?:^| )--[a-z]|\b[A-Z]+_[A-Z_]+\b|\.env\b")


def tool_server(
    name: str,
    offers: Sequence[Offer],
    *,
    title: str,
    instructions: str,
    hints: Hints = NO_HINTS,
    request_state: RequestStateSecurity | None = None,
) -> MCPServer[Any]:
    """A server that keeps nothing between calls; its tools may.

    Args:
        name: As clients know it.
        offers: Its tools, always in this order.
        title: For people.
        instructions: What a model is told about all of them together.
        hints: Instead of the hints of errors.
        request_state: Seals what a client carries from one round of a call to the next, with keys
            that every process of the server has; None: with keys of this process alone.
    """
    return _Server(
        name,
        hints,
        title=title,
        instructions=instructions,
        version=version("segue"),
        log_level="WARNING",
        subscriptions=False,
        tools=[strict_tool(*each) for each in offers],
        cache_hints={"tools/list": CacheHint(ttl_ms=LIST_HOLDS_MS)},
        request_state_security=request_state,
    )


def failure_text(error: SegueError, hints: Hints = NO_HINTS) -> str:
    """An error as a model or a person reads it in a tool's answer."""
    again = " It may work when tried again." if error.retryable else ""
    hint = hints.get(error.code, error.hint)
    if _OF_A_SHELL.search(hint):  # a model has none, and is not to look for one
        hint = f"ask the user to do this on their machine: {hint}"
    following = f" Next: {hint}" if hint else ""
    return f"[{error.code}] {error.message}{again}{following}"


class _Server(MCPServer[Any]):
    """A server of tools alone, whose failures read as Segue's: code, what was expected, what next.

    The SDK offers prompts and resources wherever they are not taken out, and answers for one that
    does not exist with an internal error.
    """

    def __init__(self, name: str, hints: Hints, **options: Any) -> None:  # noqa: ANN401 - the SDK's own
        super().__init__(name, **options)
        self._hints = hints
        handlers = self._lowlevel_server._request_handlers  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - handlers can be added only
        for method in [name for name in handlers if name.startswith(("prompts/", "resources/"))]:
            del handlers[method]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as failure:
            cause = failure.__cause__
            if isinstance(cause, SegueError):
                raise ToolError(failure_text(cause, self._hints)) from cause
            tool = self._tool_manager.get_tool(name)
            is_ours = isinstance(failure, UnexpectedToolError)
            if tool and isinstance(cause, ValidationError) and not is_ours:
                error = arguments_error(cause, tool)
                raise ToolError(failure_text(error, self._hints)) from cause
            raise
