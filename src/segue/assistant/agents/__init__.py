"""The agent of the assistant: who it is, and what the offline model says for it."""
