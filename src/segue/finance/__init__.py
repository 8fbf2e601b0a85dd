"""Finance: stock prices and returns on investment, over MCP, each call a durable workflow."""
