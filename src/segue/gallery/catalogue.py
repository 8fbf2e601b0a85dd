"""The patterns of the gallery, one row each; all faces, tests and pages go through this table.

Every command reads it, so it loads no pattern.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from segue.errors.gallery import UnknownPatternError
from segue.errors.misspelling import near_name
from segue.gallery import wire

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.gallery.pattern import Pattern


@dataclass(frozen=True)
class Row:
    """A pattern that there is.

    Attributes:
        slug: Its name for people and programs, and the name of its file.
        queue: Where its workflow waits for a worker.
    """

    slug: str
    queue: str

    def pattern(self) -> "Pattern":
        """What its file says of it."""
        return cast("Pattern", import_module(f"segue.gallery.patterns.{self.slug}").PATTERN)


ROWS: tuple[Row, ...] = (
    Row("hello_world", wire.BASIC),
    Row("tools", wire.BASIC),
    Row("agent_lifecycle", wire.BASIC),
    Row("lifecycle", wire.BASIC),
    Row("dynamic_system_prompt", wire.BASIC),
    Row("non_strict_output", wire.BASIC),
    Row("local_image", wire.BASIC),
    Row("remote_image", wire.BASIC),
    Row("previous_response_id", wire.BASIC),
    Row("deterministic", wire.PATTERNS),
    Row("parallelization", wire.PATTERNS),
    Row("llm_as_a_judge", wire.PATTERNS),
    Row("agents_as_tools", wire.PATTERNS),
    Row("routing", wire.PATTERNS),
    Row("input_guardrails", wire.PATTERNS),
    Row("output_guardrails", wire.PATTERNS),
    Row("forcing_tool_use", wire.PATTERNS),
    Row("message_filter", wire.HANDOFFS),
    Row("gpt_oss", wire.MODEL_PROVIDERS),
    Row("litellm_auto", wire.MODEL_PROVIDERS),
    Row("customer_service", wire.AGENTS),
    Row("reasoning_content", wire.REASONING),
    Row("web_search", wire.TOOLS),
    Row("file_search", wire.TOOLS),
    Row("image_generator", wire.TOOLS),
    Row("code_interpreter", wire.TOOLS),
    Row("research_bot", wire.AGENTS),
    Row("financial_research", wire.FINANCIAL_RESEARCH),
    Row("hosted_mcp", wire.HOSTED_MCP),
    Row("hosted_mcp_approval", wire.HOSTED_MCP),
    Row("stream_items", wire.STREAMING),
    Row("mcp_filesystem", wire.MCP_FILESYSTEM),
    Row("mcp_streamable_http", wire.MCP_STREAMABLE_HTTP),
    Row("mcp_sse", wire.MCP_SSE),
    Row("mcp_prompts", wire.MCP_PROMPT),
    Row("mcp_memory", wire.MCP_MEMORY),
    Row("mcp_v2", wire.MCP_STREAMABLE_HTTP_V2),
    Row("mcp_filters", wire.BEYOND),
    Row("mcp_approval", wire.BEYOND),
    Row("secrets", wire.BEYOND),
    Row("human_in_the_loop", wire.BEYOND),
    Row("tool_guardrails", wire.BEYOND),
    Row("agents_as_tools_structured", wire.BEYOND),
    Row("agents_as_tools_conditional", wire.BEYOND),
    Row("usage_budget", wire.BEYOND),
    Row("fan_out", wire.BEYOND),
    Row("saga", wire.BEYOND),
    Row("retry", wire.BEYOND),
)

QUEUES: tuple[str, ...] = tuple(dict.fromkeys(row.queue for row in ROWS))


def row_of(slug: str, rows: Iterable[Row] = ROWS) -> Row:
    """The row of a pattern.

    Raises:
        UnknownPatternError: There is none of this name; it says which one is near.
    """
    by_slug = {row.slug: row for row in rows}
    if slug in by_slug:
        return by_slug[slug]
    near = near_name(slug, by_slug)
    meant = f" Is {near!r} meant?" if near else ""
    raise UnknownPatternError(f"There is no pattern {slug!r}.{meant}")
