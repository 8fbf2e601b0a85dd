"""What clients of the public samples of MCP send; none of them has an argument."""

from segue.gallery import wire
from tests.fakes.data.foreign_client import ForeignClient

MCP_CLIENTS: tuple[ForeignClient, ...] = (
    ForeignClient(
        pattern="mcp_filesystem",
        workflow="FileSystemWorkflow",
        id="file-system-workflow",
        queue=wire.MCP_FILESYSTEM,
        arguments=(),
        answer=("favorite_books.txt", "#1 favorite book is", "Life on Mars"),
    ),
    ForeignClient(
        pattern="mcp_streamable_http",
        workflow="StreamableHttpWorkflow",
        id="streamable-http-workflow",
        queue=wire.MCP_STREAMABLE_HTTP,
        arguments=(),
        answer=("29", "Tokyo", "secret word is strawberry"),
    ),
    ForeignClient(
        pattern="mcp_sse",
        workflow="SseWorkflow",
        id="sse-workflow",
        queue=wire.MCP_SSE,
        arguments=(),
        answer=("29", "Tokyo", "secret word is strawberry"),
    ),
    ForeignClient(
        pattern="mcp_prompts",
        workflow="PromptServerWorkflow",
        id="prompt-server-workflow",
        queue=wire.MCP_PROMPT,
        arguments=(),
        answer=("^=== AVAILABLE PROMPTS ===", "=== REVIEW OUTPUT ===\n."),
    ),
    ForeignClient(
        pattern="mcp_memory",
        workflow="MemoryResearchScratchpadWorkflow",
        id="memory-research-scratchpad-workflow",
        queue=wire.MCP_MEMORY,
        arguments=(),
        answer=("^WRITE CONFIRMATIONS:", "QUERY RESULTS:", "SYNTHESIS:", "UPDATES:"),
    ),
    ForeignClient(
        pattern="mcp_v2",
        workflow="StreamableHttpV2Workflow",
        id="streamable-http-v2-workflow",
        queue=wire.MCP_STREAMABLE_HTTP_V2,
        arguments=(),
        answer=("29", "Tokyo", "secret word is strawberry"),
    ),
)
