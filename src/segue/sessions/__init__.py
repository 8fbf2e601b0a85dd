"""Conversations that outlive a run."""
