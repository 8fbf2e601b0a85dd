"""Syncs from outside their workflows: started, watched, reported, pinned to one run."""
