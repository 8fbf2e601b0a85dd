"""Plan the edits that turn a playlist into what it should be: pure."""
