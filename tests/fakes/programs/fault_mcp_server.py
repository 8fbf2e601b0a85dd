"""An MCP server over stdio with one tool, a program of its own; some cities give trouble."""

import asyncio
from typing import Any

from mcp.server import MCPServer

server: MCPServer[Any] = MCPServer("weather")


@server.tool()
async def get_weather(city: str) -> str:
    """The weather in a city."""
    match city:
        case "Unavailable" | "Refused" | "Missing" | "Broken":
            raise ValueError(f"no weather of {city}")
        case "Slow":
            await asyncio.sleep(3)
        case "Huge":
            return "x" * 5_000_000
        case _:
            pass
    return f"{city}: sunny"


if __name__ == "__main__":
    server.run("stdio")
