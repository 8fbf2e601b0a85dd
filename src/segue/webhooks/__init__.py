"""Webhooks: other programs are told by HTTP of what waits for people and of what ended."""
