"""Syncs as a face sees them: started, watched, steered, reported."""
