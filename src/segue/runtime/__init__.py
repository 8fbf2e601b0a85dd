"""Temporal plumbing: embedded server, client, workers, ids, error translation. Knows no feature."""
