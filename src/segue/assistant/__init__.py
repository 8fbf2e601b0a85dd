"""The assistant: a conversation that survives everything, with tools."""
