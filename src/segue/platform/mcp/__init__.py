"""MCP servers of tools, as every feature offers them: built, served, and asked by whom."""
