"""Two servers that keep nothing between calls: one of tools, one of prompts."""

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from segue.platform.mcp.server import READS_HERE, tool_server

Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
City = Annotated[str, Field(min_length=1, max_length=100)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


def tools_server() -> MCPServer[Any]:
    """A server of three tools; their answers are sample data and the same each time."""
    return tool_server(
        "tools",
        [
            (add, "Add", READS_HERE),
            (get_current_weather, "Weather", READS_HERE),
            (get_secret_word, "Secret word", READS_HERE),
        ],
        title="Segue: sample tools",
        instructions="Sums, sample weather and a secret word.",
    )


def prompts_server() -> MCPServer[Any]:
    """A server of one prompt: instructions for a review of code."""
    server = MCPServer[Any]("prompts", log_level="WARNING", subscriptions=False)
    server.prompt()(generate_code_review_instructions)
    return server


def add(a: Number, b: Number) -> int:
    """Add two numbers."""
    return a + b


def get_current_weather(city: City) -> str:
    """Get the weather of a city (sample data)."""
    return f"{city}: 14-20C, sunny with wind (sample data)."


def get_secret_word() -> str:
    """Get the secret word."""
    return "strawberry"


def generate_code_review_instructions(
    focus: Word = "general code quality", language: Word = "python"
) -> str:
    """Generate instructions for an agent that reviews code."""
    return (
        f"You are a senior reviewer of {language} code. Look for {focus} first.\n"
        "For each finding give the line, why it matters, and what to write instead. Be brief, and"
        " say so when you find nothing."
    )
