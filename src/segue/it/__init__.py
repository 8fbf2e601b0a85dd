"""IT: a Jira project's metrics and the addresses somebody had, over MCP, with durable state."""
