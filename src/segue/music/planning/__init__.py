"""Which edits turn a playlist into what it should be: pure."""
