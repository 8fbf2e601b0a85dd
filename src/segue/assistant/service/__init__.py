"""What commands, routes and MCP servers do with the assistant."""
