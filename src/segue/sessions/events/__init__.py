"""What a viewer is shown while a turn runs: written by workers, followed by many."""
