"""Segue: durable AI agents and the playlist sync they serve."""
