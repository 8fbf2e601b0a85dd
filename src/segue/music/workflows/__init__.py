"""The stories the music feature tells, step by durable step."""
