"""MCP servers of the gallery's own, and how a worker reaches them."""
