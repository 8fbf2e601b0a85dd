"""Single payloads that are too large for a history: where they lie, and when they go."""
